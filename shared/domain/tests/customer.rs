//! What a role sees and does.

use domain::customer::{Area, Role};

#[test]
fn a_role_does_only_its_part() {
    use Area::{Catalogue, Orders, Settings, Support};
    let areas: [(Role, &[Area]); 6] = [
        (Role::Customer, &[]),
        (Role::Support, &[Support]),
        (Role::Orders, &[Orders]),
        (Role::Catalogue, &[Catalogue]),
        (Role::Manager, &[Catalogue, Orders, Support]),
        (Role::Owner, &[Catalogue, Orders, Support, Settings]),
    ];
    for (role, allowed) in areas {
        for area in [Catalogue, Orders, Support, Settings] {
            assert_eq!(role.may(area), allowed.contains(&area), "{role:?} {area:?}");
        }
        assert_eq!(role.is_staff(), !allowed.is_empty(), "{role:?}");
    }
    assert_eq!(Role::default(), Role::Customer);
}
