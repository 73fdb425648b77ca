//! What a role sees and does.

use domain::customer::{Area, Customer, Role};

#[test]
fn only_the_first_proof_with_a_new_password_empties_an_account() {
    let filled: Customer = serde_json::from_value(serde_json::json!({
        "id": "ada", "email": "ada.example@example.com", "email_verified": false, "name": "Somebody Else",
        "phone": "+49 30 123456", "role": "customer", "created_at": "2026-01-02T03:04:05Z", "version": 3,
        "addresses": [{
            "id": "home", "name": "Somebody Else", "line1": "Am Hang 3", "line2": null, "city": "Berlin",
            "region": null, "postal_code": "10115", "country": "DE", "phone": null, "company": null,
        }],
    }))
    .expect("a customer");
    let emptied = filled.proven_with_new_password();
    assert!(emptied.email_verified && emptied.addresses.is_empty() && emptied.phone.is_none());
    assert_eq!((emptied.name.as_str(), &emptied.id, emptied.version), ("ada.example", &filled.id, 3));
    let proven = Customer { email_verified: true, ..filled };
    assert_eq!(proven.proven_with_new_password(), proven, "what its owner has entered stays");
}

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
