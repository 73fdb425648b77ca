//! Postal addresses.

mod common;
use common::{read, typed_address};
use domain::{
    address::{Address, AddressInput, NeededFields},
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
        ("AD", "500", "AD500"),
        ("AX", "AX-22100", "22100"),
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
        ("NL", "AB1012"),
        ("GB", "12345"),
        ("US", "2050"),
        ("CA", "K1A"),
        ("LV", "LT-1050"),
        ("DE", "A-10115"),
        ("SE", "D-123 45"),
        ("JP", "〒100"),
        ("LU", "L-"),
        ("LU", "L"),
        ("DE", "A10115"),
        ("DE", "DD10115"),
        ("GB", "UKSW1A 1AA"),
        ("IE", "IRLD6W XY00"),
        ("CA", "CAK1A 0B1"),
    ] {
        let message = "is not a postal code of this country".to_owned();
        assert_eq!(refused(&typed_in(country, typed), &[]), [("postal_code", message)], "{typed} {country}");
    }
    assert_eq!(refused(&typed_in("DE", " "), &[]), [("postal_code", "must not be empty".into())]);
}

#[test]
fn a_postal_code_is_understood_with_what_people_put_before_it() {
    for (country, typed, kept) in [
        ("LU", "L-1234", "1234"),
        ("LU", "L1234", "1234"),
        ("DE", "D10115", "10115"),
        ("DE", "de10115", "10115"),
        ("AT", "A1010", "1010"),
        ("FR", "F75001", "75001"),
        ("FI", "FIN00100", "00100"),
        ("CH", "CH8001", "8001"),
        ("SE", "S123 45", "123 45"),
        ("NL", "NL1012AB", "1012 AB"),
        ("PT", "P1000-205", "1000-205"),
        ("LI", "FL9490", "9490"),
        ("JP", "JP100-0001", "100-0001"),
        ("LU", "1234", "1234"),
        ("LT", "LT-01234", "LT-01234"),
        ("LT", "01234", "LT-01234"),
        ("LT", "lt 01234", "LT-01234"),
        ("LV", "1010", "LV-1010"),
        ("LV", "LV-1010", "LV-1010"),
        ("SE", "SE-123 45", "123 45"),
        ("SE", "S-12345", "123 45"),
        ("DE", "D-10115", "10115"),
        ("DE", "d 10115", "10115"),
        ("DE", "DE-10115", "10115"),
        ("AT", "A-1010", "1010"),
        ("CH", "CH-8001", "8001"),
        ("FI", "FI-00100", "00100"),
        ("FI", "FIN-00100", "00100"),
        ("DK", "DK-1050", "1050"),
        ("SI", "SI-1000", "1000"),
        ("HR", "HR-10000", "10000"),
        ("BE", "B-1000", "1000"),
        ("FR", "F-75001", "75001"),
        ("IT", "I-00187", "00187"),
        ("ES", "E-28013", "28013"),
        ("NL", "NL-1012 AB", "1012 AB"),
        ("PL", "PL-00-950", "00-950"),
        ("CZ", "CZ-110 00", "110 00"),
        ("SK", "SK-811 01", "811 01"),
        ("HU", "H-1051", "1051"),
        ("RO", "RO-010011", "010011"),
        ("BG", "BG-1000", "1000"),
        ("EE", "EE-10111", "10111"),
        ("GR", "GR-105 57", "105 57"),
        ("GR", "EL 10557", "105 57"),
        ("PT", "P-1000-205", "1000-205"),
        ("NO", "N-0150", "0150"),
        ("LI", "FL-9490", "9490"),
        ("CY", "CY-1010", "1010"),
        ("MT", "MT-VLT 1117", "VLT 1117"),
        ("IE", "IE-D6W XY00", "D6W XY00"),
        ("GB", "GB-SW1A 1AA", "SW1A 1AA"),
        ("JP", "〒100-0001", "100-0001"),
        ("JP", "〒 １００ー０００１", "100-0001"),
        ("DE", "1\u{200b}0115\u{a0}", "10115"),
        ("JP", "100\u{2011}0001", "100-0001"),
        ("PL", "00\u{2013}950", "00-950"),
        ("DE", "\u{661}\u{660}\u{661}\u{661}\u{665}", "10115"),
        ("UA", "\u{202a}01001\u{202c}", "01001"),
    ] {
        let typed = typed_in(country, typed);
        let address = typed.check(&[]).unwrap_or_else(|e| panic!("{country} {}: {e:?}", typed.postal_code));
        assert_eq!(address.postal_code.as_deref(), Some(kept), "{country} {}", typed.postal_code);
        assert_eq!(AddressInput::from(&address).check(&[]).unwrap(), address, "what is stored is accepted again");
    }
}

#[test]
fn a_page_requires_only_what_every_country_needs() {
    let needed = |codes: &[&str]| {
        let countries: Vec<Country> = codes.iter().map(|code| read(code)).collect();
        let needed = NeededFields::in_all_of(&countries);
        (needed.postal_code, needed.region)
    };
    assert_eq!(needed(&["DE", "AT"]), (true, false));
    assert_eq!(needed(&["US", "CA"]), (true, true));
    assert_eq!(needed(&["DE", "HK"]), (false, false));
    assert_eq!(needed(&["AE", "US"]), (false, true));
    assert_eq!(needed(&["DE", "UA"]), (false, false), "a country whose shape is not known");
    assert_eq!(needed(&[]), (false, false), "a shop that sells everywhere");
}

#[test]
fn every_field_of_an_address_is_normalised() {
    let odd = |text: &str| format!("\u{200b}{text}\u{a0}\u{feff}");
    let plain = AddressInput { company: "Engines".into(), line2: "2nd floor".into(), region: "Berlin".into(), ..typed_address() };
    let typed = AddressInput {
        name: odd(&plain.name).replace(' ', "\u{a0}"),
        company: odd(&plain.company),
        line1: odd(&plain.line1),
        line2: odd(&plain.line2),
        postal_code: odd(&plain.postal_code),
        city: odd(&plain.city),
        region: odd(&plain.region),
        country: odd(&plain.country),
    };
    assert_eq!(typed.check(&[]), plain.check(&[]));
    let empty = AddressInput { company: odd(""), line2: odd(""), region: odd(""), ..typed_address() };
    assert_eq!(empty.check(&[]), typed_address().check(&[]));
}

#[test]
fn countries_without_postal_codes_do_not_ask_for_one() {
    for country in ["AE", "HK", "QA", "MO", "AO", "ZW"] {
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
    assert_eq!(lines("HK", ""), written(&["Berlin", "Region", "Hong Kong"]));
    assert_eq!(common::berlin().lines(), ["Ada Lovelace", "Lindenstr. 9", "10969 Berlin", "Germany"]);
}

#[test]
fn a_saved_address_survives_json() {
    let saved = SavedAddress { id: read("a-1"), address: common::berlin() };
    assert_eq!(serde_json::from_str::<SavedAddress>(&serde_json::to_string(&saved).unwrap()).unwrap(), saved);
}

fn country() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "DE", "GB", "US", "JP", "NL", "IE", "CA", "LV", "LT", "LU", "SE", "AD", "AE", "HK", "IT", "UA"
        ])
        .prop_map(str::to_owned),
        r"\PC{0,3}",
    ]
}

proptest! {
    #[test]
    fn any_accepted_address_is_accepted_again_unchanged(
        country in country(),
        postal_code in concat!(
            r"[0-9]{4,7}|[A-Z]{1,3}[- ][0-9]{3} ?[0-9]{1,3}|〒?[0-9]{3}[-ー‑]?[0-9]{4}|",
            r"[A-Za-z]{1,2}[0-9][A-Z0-9]? ?[0-9][a-z]{2}|[A-Z][0-9][A-Z] ?[0-9A-Z]{3,4}|\PC{0,8}"
        ),
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
