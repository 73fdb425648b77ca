//! Tax rates, shipping methods, and the settings that hold them.

mod common;
use common::{address_in, euros, german_taxes, parcel, percent, read, settings};
use domain::{
    address::AddressInput,
    catalogue::TaxClass,
    destination::Territory,
    money::{Currency, Money},
    settings::Settings,
    shipping::ShippingMethod,
    tax::{CountryRates, TaxRate, Taxed, Taxes},
    text::{Country, Destination},
};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn country(code: &str) -> Destination {
    read(code)
}

#[test]
fn a_shop_that_sells_everywhere_offers_every_country_by_name() {
    let shop = Settings { countries: Vec::new(), ..settings() };
    let offered = shop.countries_to_choose();
    let names: Vec<&str> = offered.iter().map(Country::name).collect();
    assert!(names.len() > 200 && names.is_sorted() && names.contains(&"Germany") && names.contains(&"Japan"), "{names:?}");
    assert!(shop.sells_to(&country("JP")));
}

#[test]
fn settings_with_a_country_or_an_amount_that_does_not_exist_are_refused() {
    assert_eq!(settings().check(), Ok(()));
    let unknown = Settings { countries: vec![country("DE"), country("ZZ")], ..settings() };
    assert_eq!(unknown.check().map_err(|e| e.to_string()), Err("there is no country ZZ".to_owned()));
    let parcel = ShippingMethod { price: euros("4.90"), ..parcel() };
    let yen = Settings { currency: read("JPY"), shipping: vec![parcel], ..settings() };
    let why = yen.check().map_err(|e| e.to_string());
    assert_eq!(why, Err("4.90 has more decimals than the currency JPY".to_owned()));
}

#[test]
fn the_rate_is_the_destinations_for_the_class() {
    let rate = |class| german_taxes().rate(Some(&country("DE")), class);
    assert_eq!(rate(TaxClass::Standard), percent("19"));
    assert_eq!(rate(TaxClass::Reduced), percent("7"));
    assert_eq!(rate(TaxClass::Zero), percent("0"));
}

#[test]
fn a_country_without_a_reduced_rate_has_the_standard_one() {
    let mut taxes = german_taxes();
    taxes.rates.insert(country("DK"), CountryRates { standard: percent("25"), reduced: None });
    assert_eq!(taxes.rate(Some(&country("DK")), TaxClass::Reduced), percent("25"));
}

#[test]
fn home_counts_until_the_destination_is_known() {
    let rate = |destination: Option<&str>| german_taxes().rate(destination.map(country).as_ref(), TaxClass::Standard);
    assert_eq!(rate(None), percent("19"));
    assert_eq!(rate(Some("US")), percent("0"), "a country that is not named has no tax");
    assert_eq!(Taxes { home: None, ..german_taxes() }.rate(None, TaxClass::Standard), percent("0"));
}

#[test]
fn tax_is_rounded_half_away_from_zero() {
    let taxed = |code, amount, rate, prices_include_tax| {
        let currency: Currency = read(code);
        let Taxed { tax, total } = Taxes { prices_include_tax, ..Taxes::default() }.apply(read(amount), percent(rate), currency);
        (tax.to_string(), total.to_string())
    };
    let are = |tax: &str, total: &str| (tax.to_owned(), total.to_owned());
    assert_eq!(taxed("EUR", "382.30", "20", false), are("76.46", "458.76"));
    assert_eq!(taxed("EUR", "0.10", "5", false), are("0.01", "0.11"));
    assert_eq!(taxed("EUR", "0.30", "5", false), are("0.02", "0.32"));
    assert_eq!(taxed("JPY", "105", "10", false), are("11", "116"));
    assert_eq!(taxed("KWD", "0.050", "5", false), are("0.003", "0.053"));
    assert_eq!(taxed("EUR", "119.00", "19", true), are("19.00", "119.00"));
    assert_eq!(taxed("EUR", "0.03", "100", true), are("0.02", "0.03"));
    assert_eq!(taxed("JPY", "110", "10", true), are("10", "110"));
}

#[test]
fn a_method_serves_its_countries_or_all() {
    assert!(parcel().serves(&country("AT")));
    assert!(!parcel().serves(&country("US")));
    assert!(ShippingMethod { countries: Vec::new(), ..parcel() }.serves(&country("US")));
}

#[test]
fn shipping_is_free_from_its_amount_on_or_by_coupon() {
    let method = ShippingMethod { free_from: Some(euros("50.00")), ..parcel() };
    assert_eq!(method.price_for(euros("49.99"), false), euros("4.90"));
    assert_eq!(method.price_for(euros("50.00"), false), Money::ZERO);
    assert_eq!(method.price_for(euros("1.00"), true), Money::ZERO);
    assert_eq!(parcel().price_for(euros("9999.00"), false), euros("4.90"));
}

#[test]
fn the_shop_offers_the_methods_of_a_country_in_its_order() {
    let mut settings = settings();
    settings.shipping.push(ShippingMethod { id: read("express"), countries: Vec::new(), ..parcel() });
    let offered = |code| settings.shipping_to(&country(code)).map(|m| m.id.to_string()).collect::<Vec<_>>();
    assert_eq!(offered("DE"), ["parcel", "express"]);
    assert_eq!(offered("US"), ["express"]);
    assert_eq!(settings.shipping_method(&read("express")), settings.shipping.get(1));
    assert_eq!(settings.shipping_method(&read("gone")), None);
}

#[test]
fn an_address_in_a_territory_with_other_taxes_goes_there() {
    let settings = settings();
    for (of, postal_code, to, name) in [
        ("ES", "35001", "ES-CN", "Canary Islands"),
        ("ES", "38001", "ES-CN", "Canary Islands"),
        ("ES", "51001", "ES-CE", "Ceuta"),
        ("ES", "52001", "ES-ML", "Melilla"),
        ("ES", "28013", "ES", "Spain"),
        ("FI", "22100", "AX", "Åland Islands"),
        ("AX", "22100", "AX", "Åland Islands"),
        ("FI", "00100", "FI", "Finland"),
        ("DE", "D-78266", "DE-BUESINGEN", "Büsingen am Hochrhein"),
        ("DE", "27498", "DE-HELGOLAND", "Heligoland"),
        ("DE", "78267", "DE", "Germany"),
        ("IT", "23041", "IT-LIVIGNO", "Livigno"),
        ("IT", "22061", "IT-CAMPIONE", "Campione d’Italia"),
        ("IT", "47890", "SM", "San Marino"),
        ("GR", "630 86", "GR-69", "Mount Athos"),
        ("GR", "63087", "GR-69", "Mount Athos"),
        ("GR", "63088", "GR", "Greece"),
        ("FR", "97110", "GP", "Guadeloupe"),
        ("GP", "97110", "GP", "Guadeloupe"),
        ("FR", "97133", "BL", "Saint Barthélemy"),
        ("FR", "97150", "MF", "Saint Martin"),
        ("FR", "97200", "MQ", "Martinique"),
        ("FR", "97300", "GF", "French Guiana"),
        ("FR", "97400", "RE", "Réunion"),
        ("FR", "97500", "PM", "Saint Pierre and Miquelon"),
        ("FR", "97600", "YT", "Mayotte"),
        ("FR", "98800", "NC", "New Caledonia"),
        ("FR", "75001", "FR", "France"),
        ("PT", "9000-001", "PT-30", "Madeira"),
        ("PT", "9400-001", "PT-30", "Madeira"),
        ("PT", "9500-001", "PT-20", "Azores"),
        ("PT", "8999-999", "PT", "Portugal"),
        ("DK", "3900", "GL", "Greenland"),
        ("GB", "BT1 1AA", "GB-NIR", "Northern Ireland"),
        ("GB", "IM1 1AA", "IM", "Isle of Man"),
        ("GB", "JE2 3AB", "JE", "Jersey"),
        ("GB", "GY1 1AA", "GG", "Guernsey"),
        ("GB", "B1 1AA", "GB", "United Kingdom"),
        ("MC", "98000", "MC", "Monaco"),
    ] {
        let found = settings.destination(&address_in(of, postal_code));
        assert_eq!((found.as_str(), found.name(&[]).as_str()), (to, name), "{of} {postal_code}");
    }
}

#[test]
fn a_territory_behaves_as_a_country_of_its_own() {
    let mut settings = settings();
    settings.countries = vec![read("ES"), read("FR")];
    settings.shipping = vec![ShippingMethod { countries: vec![read("ES")], ..parcel() }];
    settings.taxes.rates.insert(read("ES"), CountryRates { standard: percent("21"), reduced: None });
    let tenerife = address_in("ES", "38001");
    let typed = AddressInput::from(&tenerife);
    let refused = settings.check_address(&typed).unwrap_err();
    assert_eq!(refused.iter().map(|e| e.field).collect::<Vec<_>>(), ["postal_code"]);
    assert!(refused[0].message.contains("Canary Islands, where we do not deliver"), "{}", refused[0].message);
    let to = settings.destination(&tenerife);
    settings.countries.push(read("ES-CN"));
    assert_eq!(settings.check_address(&typed), Ok(tenerife));
    assert_eq!(settings.shipping_to(&to).count(), 0, "no method lists it");
    assert_eq!(settings.taxes.rate(Some(&to), TaxClass::Standard), percent("0"), "it has no rate");
    settings.shipping[0].countries.push(read("ES-CN"));
    settings.taxes.rates.insert(read("ES-CN"), CountryRates { standard: percent("7"), reduced: None });
    assert_eq!(settings.shipping_to(&to).count(), 1);
    assert_eq!(settings.taxes.rate(Some(&to), TaxClass::Standard), percent("7"));
    assert_eq!(settings.countries_to_choose(), [read::<Country>("ES"), read("FR")], "people choose a country");
}

#[test]
fn monaco_is_as_france_and_northern_ireland_as_the_kingdom_until_the_shop_names_them() {
    let mut taxes = german_taxes();
    taxes.rates.insert(country("FR"), CountryRates { standard: percent("20"), reduced: None });
    taxes.rates.insert(country("GB"), CountryRates { standard: percent("20"), reduced: None });
    for code in ["MC", "GB-NIR", "IM"] {
        assert_eq!(taxes.rate(Some(&country(code)), TaxClass::Standard), percent("20"), "{code}");
    }
    assert_eq!(taxes.rate(Some(&country("JE")), TaxClass::Standard), percent("0"));
    taxes.rates.insert(country("GB-NIR"), CountryRates { standard: percent("5"), reduced: None });
    assert_eq!(taxes.rate(Some(&country("GB-NIR")), TaxClass::Standard), percent("5"));
    assert!(country("GB-NIR").is_among(&[country("GB")]) && !country("ES-CN").is_among(&[country("ES")]));
}

#[test]
fn a_shop_adds_territories_and_changes_shipped_ones() {
    let mut settings = settings();
    let territory = |code: &str, of: &str, prefixes: &[&str]| Territory {
        code: read(code),
        name: read("Of the shop"),
        country: read(of),
        postal_prefixes: prefixes.iter().map(|p| (*p).to_owned()).collect(),
    };
    settings.territories = vec![territory("AT-KWT", "AT", &["6991", "69 92"]), territory("DE-HELGOLAND", "DE", &[])];
    let to = |of, code| settings.destination(&address_in(of, code)).to_string();
    assert_eq!((to("AT", "6991"), to("AT", "6992"), to("AT", "6900")), ("AT-KWT".into(), "AT-KWT".into(), "AT".into()));
    assert_eq!(to("DE", "27498"), "DE", "a shipped one without prefixes is none");
    assert_eq!(read::<Destination>("AT-KWT").name(&settings.territories), "Of the shop");
    assert_eq!(serde_json::from_str::<Settings>(&serde_json::to_string(&settings).unwrap()).unwrap(), settings);
}

#[test]
fn settings_without_territories_are_read_as_before() {
    let stored = serde_json::to_value(settings()).unwrap();
    assert!(stored.get("territories").is_none(), "nothing new is stored");
    assert_eq!(stored["taxes"]["rates"]["DE"]["standard"], "19");
    assert_eq!(stored["countries"], serde_json::json!(["DE", "AT", "US"]));
}

#[test]
fn settings_survive_json() {
    let settings = settings();
    assert_eq!(serde_json::from_str::<Settings>(&serde_json::to_string(&settings).unwrap()).unwrap(), settings);
}

proptest! {
    #[test]
    fn taxes_are_within_half_a_minor_unit_of_exact(
        minor in 0..=1_000_000_000_000_i64,
        rate in 0..=10_000_i64,
        inclusive: bool,
        code in prop::sample::select(vec!["JPY", "EUR", "KWD"]),
    ) {
        let currency: Currency = read(code);
        let (listed, rate) = (currency.round(Decimal::new(minor, currency.minor_units())), TaxRate(Decimal::new(rate, 2)));
        let taxed = Taxes { prices_include_tax: inclusive, ..Taxes::default() }.apply(listed, rate, currency);
        let net = taxed.total.checked_sub(taxed.tax).unwrap();
        prop_assert_eq!(if inclusive { taxed.total } else { net }, listed);
        let base = if inclusive { Decimal::ONE_HUNDRED + rate.0 } else { Decimal::ONE_HUNDRED };
        let off = taxed.tax.amount() * base - listed.amount() * rate.0;
        prop_assert!(off.abs() * Decimal::TWO <= base * Decimal::new(1, currency.minor_units()));
    }
}
