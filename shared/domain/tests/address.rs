//! Postal addresses.

mod common;
use common::{read, typed_address};
use domain::{
    address::{Address, AddressInput},
    customer::SavedAddress,
    text::Country,
};
use proptest::prelude::*;

/// What was typed in another country, with a region where it needs one.
fn typed_in(country: &str, postal_code: &str) -> AddressInput {
    AddressInput { country: country.into(), postal_code: postal_code.into(), region: "Region".into(), ..typed_address() }
}

fn refused(typed: &AddressInput, countries: &[Country]) -> Vec<(&'static str, String)> {
    typed.check(countries).err().into_iter().flatten().map(|e| (e.field, e.message)).collect()
}

#[test]
fn a_postal_code_is_kept_as_its_country_writes_it() {
    for (country, typed, kept) in [
        ("DE", " 10969 ", "10969"),
        ("AT", "1010", "1010"),
        ("NL", "1012ab", "1012 AB"),
        ("GB", "sw1a1aa", "SW1A 1AA"),
        ("GB", "M1 1AE", "M1 1AE"),
        ("GB", "ec1a-1bb", "EC1A 1BB"),
        ("IE", "d6wxy00", "D6W XY00"),
        ("CA", "k1a0b1", "K1A 0B1"),
        ("US", "20500", "20500"),
        ("US", "205000003", "20500-0003"),
        ("JP", "1000001", "100-0001"),
        ("PL", "00 950", "00-950"),
        ("PT", "1000205", "1000-205"),
        ("SE", "11455", "114 55"),
        ("LV", "lv1050", "LV-1050"),
        ("MT", "vlt1117", "VLT 1117"),
        ("BR", "01310100", "01310-100"),
        ("UA", "01001", "01001"),
    ] {
        assert_eq!(typed_in(country, typed).check(&[]).unwrap().postal_code.as_deref(), Some(kept), "{country}");
    }
}

#[test]
fn a_postal_code_of_another_shape_is_refused() {
    for (country, typed) in [
        ("DE", "1096"),
        ("DE", "109690"),
        ("DE", "D10969"),
        ("NL", "AB1012"),
        ("GB", "12345"),
        ("US", "2050"),
        ("CA", "K1A"),
        ("LV", "LT-1050"),
    ] {
        let message = "is not a postal code of this country".to_owned();
        assert_eq!(refused(&typed_in(country, typed), &[]), [("postal_code", message)], "{typed} {country}");
    }
    assert_eq!(refused(&typed_in("DE", " "), &[]), [("postal_code", "must not be empty".into())]);
}

#[test]
fn countries_without_postal_codes_do_not_ask_for_one() {
    for country in ["AE", "HK"] {
        assert_eq!(typed_in(country, "00000").check(&[]).unwrap().postal_code, None);
    }
    assert_eq!(typed_in("UA", "").check(&[]).unwrap().postal_code, None, "a country whose shape is not known");
}

#[test]
fn a_region_is_asked_for_where_addresses_have_one() {
    let without = |country, code| AddressInput { region: String::new(), ..typed_in(country, code) };
    for (country, code) in [("US", "20500"), ("CA", "K1A 0B1"), ("JP", "100-0001"), ("AE", "")] {
        assert_eq!(refused(&without(country, code), &[]), [("region", "must not be empty".into())], "{country}");
    }
    assert_eq!(without("DE", "10969").check(&[]).unwrap().region, None);
}

#[test]
fn all_refused_fields_are_named_at_once() {
    let fields: Vec<_> = refused(&AddressInput::default(), &[]).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["name", "line1", "city", "country"]);
    let long = AddressInput { company: "x".repeat(101), line2: "two\nlines".into(), ..typed_address() };
    let messages = [("company", "must be at most 100 characters".into()), ("line2", "must be one line of plain text".into())];
    assert_eq!(refused(&long, &[]), messages);
}

#[test]
fn only_countries_the_shop_sells_to_are_accepted() {
    let not_there = [("country", "is not a country we deliver to".to_owned())];
    assert_eq!(refused(&typed_address(), &[read("AT")]), not_there);
    assert!(typed_address().check(&[read("AT"), read("DE")]).is_ok());
    assert!(typed_address().check(&[]).is_ok(), "no list is every country");
}

#[test]
fn an_envelope_is_written_as_the_country_does() {
    let lines = |country, code| {
        let typed = AddressInput { company: "Engines".into(), line2: "2nd floor".into(), ..typed_in(country, code) };
        typed.check(&[]).unwrap().lines()
    };
    let written = |town: &[&'static str]| [&["Ada Lovelace", "Engines", "Lindenstr. 9", "2nd floor"], town].concat();
    assert_eq!(lines("US", "20500"), written(&["Berlin Region 20500", "United States"]));
    assert_eq!(lines("GB", "SW1A 1AA"), written(&["Berlin SW1A 1AA", "Region", "United Kingdom"]));
    assert_eq!(lines("IT", "00187"), written(&["00187 Berlin", "Region", "Italy"]));
    assert_eq!(lines("HK", ""), written(&["Berlin", "Region", "HK"]));
    assert_eq!(common::berlin().lines(), ["Ada Lovelace", "Lindenstr. 9", "10969 Berlin", "Germany"]);
}

#[test]
fn a_saved_address_survives_json() {
    let saved = SavedAddress { id: read("a-1"), address: common::berlin() };
    assert_eq!(serde_json::from_str::<SavedAddress>(&serde_json::to_string(&saved).unwrap()).unwrap(), saved);
}

fn country() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec!["DE", "GB", "US", "JP", "NL", "IE", "CA", "LV", "AE", "IT", "UA"]).prop_map(str::to_owned),
        r"\PC{0,3}",
    ]
}

proptest! {
    #[test]
    fn any_accepted_address_is_accepted_again_unchanged(
        country in country(),
        postal_code in r"[0-9]{4,7}|[A-Za-z]{1,2}[0-9][A-Z0-9]? ?[0-9][a-z]{2}|[A-Z][0-9][A-Z] ?[0-9A-Z]{3,4}|\PC{0,8}",
        [name, company, line1, line2, city, region] in prop::array::uniform6(r"\PC{0,5}|[A-Za-z ,.]{1,30}"),
    ) {
        let typed = AddressInput { name, company, line1, line2, postal_code, city, region, country };
        if let Ok(address) = typed.check(&[]) {
            prop_assert!(address.lines().iter().all(|l| !l.is_empty()));
            prop_assert_eq!(AddressInput::from(&address).check(&[]), Ok(address.clone()));
            let json = serde_json::to_string(&address).unwrap();
            prop_assert_eq!(serde_json::from_str::<Address>(&json).unwrap(), address);
        }
    }
}
