//! Every country: its name, how its addresses are written, and what people put before its postal codes. And every territory
//! that has rules of its own for taxes or delivery.
//!
//! Names are the short ones of ISO 3166 in everyday English. Formats, countries without postal codes and regions follow the
//! Universal Postal Union's addressing systems.
//!
//! The territories of the European Union come with the shop. Sources: Council Directive 2006/112/EC on the common system of
//! VAT, as amended by Directive (EU) 2019/475: article 6 (territories outside its scope), article 7 (Monaco counts as France,
//! the Isle of Man as the United Kingdom), article 105 (Madeira and the Azores have rates of their own); articles 349 and 355
//! TFEU for the French territories; the Windsor Framework for Northern Ireland; the Commission's list "Territorial status of EU
//! countries and certain territories". Codes are ISO 3166 where it has one.

use crate::text::Country;

/// A territory with rules of its own, whose addresses are written with a country.
pub(crate) struct KnownTerritory {
    /// What taxes, shipping and countries call it.
    pub(crate) code: &'static str,
    /// `Canary Islands`; `None` where its code is a country's, which has the name.
    name: Option<&'static str>,
    /// The country in its addresses.
    pub(crate) country: &'static str,
    /// How its postal codes begin.
    pub(crate) prefixes: &'static [&'static str],
    /// Whose rules count where nobody names it.
    pub(crate) like: Option<&'static str>,
}

/// What the shop knows of a country.
pub(crate) struct CountryFacts {
    /// ISO 3166-1 alpha-2.
    code: &'static str,
    /// `Germany`.
    pub(crate) name: &'static str,
    /// Its postal codes.
    pub(crate) postal_codes: PostalCodes,
    /// Whether a state, province or county is part of an address there.
    pub(crate) region: bool,
}

/// The postal codes of a country.
pub(crate) enum PostalCodes {
    /// There are none.
    None,
    /// There may be some; their shape is not known here.
    Open,
    /// Everybody has one.
    Known {
        /// Their shapes: `9` a digit, `A` a letter, `X` either, others as they are.
        shapes: &'static [&'static str],
        /// What the country writes before them, as part of the code.
        lead: &'static str,
        /// What people write before them, besides the country's own code: the plate letters of cars mostly. It is set off by a
        /// hyphen or a space where a code may begin with a letter.
        marks: &'static [&'static str],
    },
}

type Texts = &'static [&'static str];

const fn known(code: &'static str, name: &'static str, shapes: Texts, marks: Texts, region: bool) -> CountryFacts {
    CountryFacts { code, name, postal_codes: PostalCodes::Known { shapes, lead: "", marks }, region }
}

const fn with_lead(code: &'static str, name: &'static str, lead: &'static str, shapes: Texts, marks: Texts) -> CountryFacts {
    CountryFacts { code, name, postal_codes: PostalCodes::Known { shapes, lead, marks }, region: false }
}

const fn without(code: &'static str, name: &'static str, region: bool) -> CountryFacts {
    CountryFacts { code, name, postal_codes: PostalCodes::None, region }
}

const fn open(code: &'static str, name: &'static str) -> CountryFacts {
    CountryFacts { code, name, postal_codes: PostalCodes::Open, region: false }
}

/// A part of a country.
const fn part(code: &'static str, name: &'static str, country: &'static str, prefixes: Texts) -> KnownTerritory {
    KnownTerritory { code, name: Some(name), country, prefixes, like: None }
}

/// A territory with a country code of its own.
const fn overseas(code: &'static str, country: &'static str, prefixes: Texts) -> KnownTerritory {
    KnownTerritory { code, name: None, country, prefixes, like: None }
}

/// The name of a country or territory, by its code.
pub(crate) fn name(code: &str) -> Option<&'static str> {
    let territory = TERRITORIES.iter().find(|territory| territory.code == code).and_then(|territory| territory.name);
    territory.or_else(|| row(code).map(|facts| facts.name))
}

/// All of them, by name.
pub(crate) fn all() -> Vec<Country> {
    let mut facts: Vec<&CountryFacts> = COUNTRIES.iter().collect();
    facts.sort_by_key(|facts| facts.name);
    facts.into_iter().filter_map(|facts| facts.code.parse().ok()).collect()
}

/// The row of a country; `None` for a code that no country has.
pub(crate) fn of(country: &Country) -> Option<&'static CountryFacts> {
    row(country.as_str())
}

fn row(code: &str) -> Option<&'static CountryFacts> {
    COUNTRIES.binary_search_by(|facts| facts.code.cmp(code)).ok().and_then(|at| COUNTRIES.get(at))
}

impl CountryFacts {
    /// A postal code as typed (upper case), in the one form in which it is kept. Case, spaces and hyphens are forgiven, and so is
    /// the country's mark before it. `None` when it has another shape, or the country none that is known.
    pub(crate) fn postal_code(&self, typed: &str) -> Option<String> {
        let PostalCodes::Known { shapes, lead, marks } = &self.postal_codes else { return None };
        let typed = typed.trim_start_matches(['〒', '〠', ' ']);
        let own = [self.code];
        let may_be_joined = !shapes.iter().any(|shape| shape.starts_with(['A', 'X']));
        let unmarked = own.iter().chain(*marks).filter_map(|mark| without_mark(typed, mark, may_be_joined));
        let unled = typed.strip_prefix(lead.trim_end_matches('-'));
        let mut candidates = std::iter::once(typed).chain(unmarked).chain(unled);
        let fitting = candidates.find_map(|code| shapes.iter().find_map(|shape| fit(shape, code)));
        fitting.map(|code| format!("{lead}{code}"))
    }
}

/// What stands behind a mark and the hyphens or spaces that set it off; where it may be joined to a code, also without these.
fn without_mark<'a>(typed: &'a str, mark: &str, may_be_joined: bool) -> Option<&'a str> {
    let rest = typed.strip_prefix(mark)?;
    let code = rest.trim_start_matches(['-', ' ']);
    (may_be_joined || code.len() < rest.len()).then_some(code)
}

/// A code in a shape's own spelling.
fn fit(shape: &str, typed: &str) -> Option<String> {
    let mut typed = typed.chars().filter(|c| !matches!(c, ' ' | '-'));
    let mut code = String::new();
    for wanted in shape.chars() {
        match wanted {
            ' ' | '-' => code.push(wanted),
            _ => {
                let c = typed.next()?;
                let fits = match wanted {
                    '9' => c.is_ascii_digit(),
                    'A' => c.is_ascii_uppercase(),
                    'X' => c.is_ascii_uppercase() || c.is_ascii_digit(),
                    literal => c == literal,
                };
                code.push(if fits { c } else { return None });
            }
        }
    }
    typed.next().is_none().then_some(code)
}

const UNITED_KINGDOM: Texts = &["A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"];

/// By code.
static COUNTRIES: &[CountryFacts] = &[
    with_lead("AD", "Andorra", "AD", &["999"], &[]),
    without("AE", "United Arab Emirates", true),
    open("AF", "Afghanistan"),
    without("AG", "Antigua and Barbuda", false),
    open("AI", "Anguilla"),
    open("AL", "Albania"),
    open("AM", "Armenia"),
    without("AO", "Angola", false),
    without("AQ", "Antarctica", false),
    open("AR", "Argentina"),
    open("AS", "American Samoa"),
    known("AT", "Austria", &["9999"], &["A"], false),
    known("AU", "Australia", &["9999"], &[], true),
    without("AW", "Aruba", false),
    known("AX", "Åland Islands", &["99999"], &["FI"], false),
    open("AZ", "Azerbaijan"),
    open("BA", "Bosnia and Herzegovina"),
    open("BB", "Barbados"),
    open("BD", "Bangladesh"),
    known("BE", "Belgium", &["9999"], &["B"], false),
    without("BF", "Burkina Faso", false),
    known("BG", "Bulgaria", &["9999"], &[], false),
    open("BH", "Bahrain"),
    without("BI", "Burundi", false),
    without("BJ", "Benin", false),
    known("BL", "Saint Barthélemy", &["99999"], &["FR", "F"], false),
    open("BM", "Bermuda"),
    open("BN", "Brunei Darussalam"),
    without("BO", "Bolivia", false),
    without("BQ", "Caribbean Netherlands", false),
    known("BR", "Brazil", &["99999-999"], &[], true),
    without("BS", "Bahamas", false),
    open("BT", "Bhutan"),
    without("BV", "Bouvet Island", false),
    without("BW", "Botswana", false),
    open("BY", "Belarus"),
    without("BZ", "Belize", false),
    known("CA", "Canada", &["A9A 9A9"], &[], true),
    open("CC", "Cocos (Keeling) Islands"),
    without("CD", "Congo, Democratic Republic", false),
    without("CF", "Central African Republic", false),
    without("CG", "Congo", false),
    known("CH", "Switzerland", &["9999"], &[], false),
    without("CI", "Côte d’Ivoire", false),
    without("CK", "Cook Islands", false),
    open("CL", "Chile"),
    without("CM", "Cameroon", false),
    open("CN", "China"),
    open("CO", "Colombia"),
    open("CR", "Costa Rica"),
    open("CU", "Cuba"),
    open("CV", "Cabo Verde"),
    without("CW", "Curaçao", false),
    open("CX", "Christmas Island"),
    known("CY", "Cyprus", &["9999"], &[], false),
    known("CZ", "Czechia", &["999 99"], &[], false),
    known("DE", "Germany", &["99999"], &["D"], false),
    without("DJ", "Djibouti", false),
    known("DK", "Denmark", &["9999"], &[], false),
    without("DM", "Dominica", false),
    open("DO", "Dominican Republic"),
    open("DZ", "Algeria"),
    open("EC", "Ecuador"),
    known("EE", "Estonia", &["99999"], &["EST"], false),
    open("EG", "Egypt"),
    open("EH", "Western Sahara"),
    without("ER", "Eritrea", false),
    known("ES", "Spain", &["99999"], &["E"], true),
    open("ET", "Ethiopia"),
    known("FI", "Finland", &["99999"], &["FIN", "AX"], false),
    without("FJ", "Fiji", false),
    open("FK", "Falkland Islands"),
    open("FM", "Micronesia"),
    known("FO", "Faroe Islands", &["999"], &[], false),
    known("FR", "France", &["99999"], &["F"], false),
    without("GA", "Gabon", false),
    known("GB", "United Kingdom", UNITED_KINGDOM, &["UK"], false),
    without("GD", "Grenada", false),
    open("GE", "Georgia"),
    known("GF", "French Guiana", &["99999"], &["FR", "F"], false),
    known("GG", "Guernsey", &["AA9 9AA", "AA99 9AA"], &["GB", "UK"], false),
    open("GH", "Ghana"),
    known("GI", "Gibraltar", &["AA99 9AA"], &[], false),
    known("GL", "Greenland", &["9999"], &["DK"], false),
    without("GM", "Gambia", false),
    open("GN", "Guinea"),
    known("GP", "Guadeloupe", &["99999"], &["FR", "F"], false),
    without("GQ", "Equatorial Guinea", false),
    known("GR", "Greece", &["999 99"], &["EL"], false),
    open("GS", "South Georgia and South Sandwich Islands"),
    open("GT", "Guatemala"),
    open("GU", "Guam"),
    open("GW", "Guinea-Bissau"),
    without("GY", "Guyana", false),
    without("HK", "Hong Kong", true),
    open("HM", "Heard Island and McDonald Islands"),
    open("HN", "Honduras"),
    known("HR", "Croatia", &["99999"], &[], false),
    open("HT", "Haiti"),
    known("HU", "Hungary", &["9999"], &["H"], false),
    open("ID", "Indonesia"),
    known("IE", "Ireland", &["A9X XXXX"], &["IRL"], false),
    open("IL", "Israel"),
    known("IM", "Isle of Man", &["AA9 9AA", "AA99 9AA"], &["GB", "UK"], false),
    known("IN", "India", &["999999"], &[], true),
    open("IO", "British Indian Ocean Territory"),
    open("IQ", "Iraq"),
    open("IR", "Iran"),
    known("IS", "Iceland", &["999"], &[], false),
    known("IT", "Italy", &["99999"], &["I"], true),
    known("JE", "Jersey", &["AA9 9AA", "AA99 9AA"], &["GB", "UK"], false),
    without("JM", "Jamaica", false),
    open("JO", "Jordan"),
    known("JP", "Japan", &["999-9999"], &[], true),
    open("KE", "Kenya"),
    open("KG", "Kyrgyzstan"),
    open("KH", "Cambodia"),
    without("KI", "Kiribati", false),
    without("KM", "Comoros", false),
    open("KN", "Saint Kitts and Nevis"),
    open("KP", "North Korea"),
    open("KR", "South Korea"),
    known("KW", "Kuwait", &["99999"], &[], false),
    open("KY", "Cayman Islands"),
    open("KZ", "Kazakhstan"),
    open("LA", "Laos"),
    open("LB", "Lebanon"),
    open("LC", "Saint Lucia"),
    known("LI", "Liechtenstein", &["9999"], &["FL"], false),
    open("LK", "Sri Lanka"),
    open("LR", "Liberia"),
    open("LS", "Lesotho"),
    with_lead("LT", "Lithuania", "LT-", &["99999"], &[]),
    known("LU", "Luxembourg", &["9999"], &["L"], false),
    with_lead("LV", "Latvia", "LV-", &["9999"], &[]),
    open("LY", "Libya"),
    open("MA", "Morocco"),
    known("MC", "Monaco", &["99999"], &["FR", "F"], false),
    open("MD", "Moldova"),
    open("ME", "Montenegro"),
    known("MF", "Saint Martin", &["99999"], &["FR", "F"], false),
    open("MG", "Madagascar"),
    open("MH", "Marshall Islands"),
    open("MK", "North Macedonia"),
    without("ML", "Mali", false),
    open("MM", "Myanmar"),
    open("MN", "Mongolia"),
    without("MO", "Macao", false),
    open("MP", "Northern Mariana Islands"),
    known("MQ", "Martinique", &["99999"], &["FR", "F"], false),
    without("MR", "Mauritania", false),
    open("MS", "Montserrat"),
    known("MT", "Malta", &["AAA 9999"], &[], false),
    open("MU", "Mauritius"),
    open("MV", "Maldives"),
    open("MW", "Malawi"),
    known("MX", "Mexico", &["99999"], &[], true),
    open("MY", "Malaysia"),
    open("MZ", "Mozambique"),
    open("NA", "Namibia"),
    known("NC", "New Caledonia", &["99999"], &["FR", "F"], false),
    open("NE", "Niger"),
    open("NF", "Norfolk Island"),
    open("NG", "Nigeria"),
    open("NI", "Nicaragua"),
    known("NL", "Netherlands", &["9999 AA"], &[], false),
    known("NO", "Norway", &["9999"], &["N"], false),
    open("NP", "Nepal"),
    without("NR", "Nauru", false),
    without("NU", "Niue", false),
    known("NZ", "New Zealand", &["9999"], &[], false),
    open("OM", "Oman"),
    open("PA", "Panama"),
    open("PE", "Peru"),
    known("PF", "French Polynesia", &["99999"], &["FR", "F"], false),
    open("PG", "Papua New Guinea"),
    open("PH", "Philippines"),
    open("PK", "Pakistan"),
    known("PL", "Poland", &["99-999"], &[], false),
    known("PM", "Saint Pierre and Miquelon", &["99999"], &["FR", "F"], false),
    open("PN", "Pitcairn Islands"),
    open("PR", "Puerto Rico"),
    open("PS", "Palestine"),
    known("PT", "Portugal", &["9999-999"], &["P"], false),
    open("PW", "Palau"),
    open("PY", "Paraguay"),
    without("QA", "Qatar", false),
    known("RE", "Réunion", &["99999"], &["FR", "F"], false),
    known("RO", "Romania", &["999999"], &[], false),
    open("RS", "Serbia"),
    open("RU", "Russia"),
    without("RW", "Rwanda", false),
    open("SA", "Saudi Arabia"),
    without("SB", "Solomon Islands", false),
    without("SC", "Seychelles", false),
    open("SD", "Sudan"),
    known("SE", "Sweden", &["999 99"], &["S"], false),
    known("SG", "Singapore", &["999999"], &["S"], false),
    open("SH", "Saint Helena"),
    known("SI", "Slovenia", &["9999"], &["SLO"], false),
    known("SJ", "Svalbard and Jan Mayen", &["9999"], &["NO", "N"], false),
    known("SK", "Slovakia", &["999 99"], &[], false),
    without("SL", "Sierra Leone", false),
    known("SM", "San Marino", &["99999"], &[], false),
    open("SN", "Senegal"),
    open("SO", "Somalia"),
    without("SR", "Suriname", false),
    without("SS", "South Sudan", false),
    without("ST", "São Tomé and Príncipe", false),
    open("SV", "El Salvador"),
    without("SX", "Sint Maarten", false),
    without("SY", "Syria", false),
    open("SZ", "Eswatini"),
    open("TC", "Turks and Caicos Islands"),
    without("TD", "Chad", false),
    without("TF", "French Southern Territories", false),
    without("TG", "Togo", false),
    open("TH", "Thailand"),
    open("TJ", "Tajikistan"),
    without("TK", "Tokelau", false),
    without("TL", "Timor-Leste", false),
    open("TM", "Turkmenistan"),
    open("TN", "Tunisia"),
    without("TO", "Tonga", false),
    open("TR", "Türkiye"),
    open("TT", "Trinidad and Tobago"),
    without("TV", "Tuvalu", false),
    open("TW", "Taiwan"),
    open("TZ", "Tanzania"),
    open("UA", "Ukraine"),
    without("UG", "Uganda", false),
    open("UM", "United States Minor Outlying Islands"),
    known("US", "United States", &["99999", "99999-9999"], &["USA"], true),
    open("UY", "Uruguay"),
    open("UZ", "Uzbekistan"),
    known("VA", "Vatican City", &["99999"], &[], false),
    open("VC", "Saint Vincent and Grenadines"),
    open("VE", "Venezuela"),
    open("VG", "British Virgin Islands"),
    open("VI", "U.S. Virgin Islands"),
    open("VN", "Vietnam"),
    without("VU", "Vanuatu", false),
    known("WF", "Wallis and Futuna", &["99999"], &["FR", "F"], false),
    open("WS", "Samoa"),
    open("XK", "Kosovo"),
    without("YE", "Yemen", false),
    known("YT", "Mayotte", &["99999"], &["FR", "F"], false),
    open("ZA", "South Africa"),
    open("ZM", "Zambia"),
    without("ZW", "Zimbabwe", false),
];

/// The territories that come with the shop.
pub(crate) const TERRITORIES: &[KnownTerritory] = &[
    overseas("AX", "FI", &["22"]),
    part("DE-BUESINGEN", "Büsingen am Hochrhein", "DE", &["78266"]),
    part("DE-HELGOLAND", "Heligoland", "DE", &["27498"]),
    part("ES-CE", "Ceuta", "ES", &["51"]),
    part("ES-CN", "Canary Islands", "ES", &["35", "38"]),
    part("ES-ML", "Melilla", "ES", &["52"]),
    part("GR-69", "Mount Athos", "GR", &["63086", "63087"]),
    part("IT-CAMPIONE", "Campione d’Italia", "IT", &["22061"]),
    part("IT-LIVIGNO", "Livigno", "IT", &["23041"]),
    part("PT-20", "Azores", "PT", &["95", "96", "97", "98", "99"]),
    part("PT-30", "Madeira", "PT", &["90", "91", "92", "93", "94"]),
    // French territories overseas; addresses there are written with France as often as with their own code.
    overseas("BL", "FR", &["97133", "977"]),
    overseas("GF", "FR", &["973"]),
    overseas("GP", "FR", &["971"]),
    overseas("MF", "FR", &["97150", "978"]),
    overseas("MQ", "FR", &["972"]),
    overseas("NC", "FR", &["988"]),
    overseas("PF", "FR", &["987"]),
    overseas("PM", "FR", &["975"]),
    overseas("RE", "FR", &["974"]),
    overseas("TF", "FR", &["984"]),
    overseas("WF", "FR", &["986"]),
    overseas("YT", "FR", &["976"]),
    // Outside the Union, with postal codes of a member's numbering.
    overseas("GL", "DK", &["39"]),
    overseas("SM", "IT", &["4789"]),
    overseas("VA", "IT", &["00120"]),
    overseas("GG", "GB", &["GY"]),
    overseas("JE", "GB", &["JE"]),
    // As its country until the shop names it.
    KnownTerritory { like: Some("GB"), ..part("GB-NIR", "Northern Ireland", "GB", &["BT"]) },
    KnownTerritory { like: Some("GB"), ..overseas("IM", "GB", &["IM"]) },
    KnownTerritory { like: Some("FR"), ..overseas("MC", "MC", &[]) },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_is_there_once_and_can_be_found() {
        assert_eq!(COUNTRIES.len(), 250, "ISO 3166-1 has 249; Kosovo has a code of its own choice");
        for facts in COUNTRIES {
            let country: Country = facts.code.parse().unwrap();
            assert_eq!(of(&country).map(|found| found.name), Some(facts.name), "{}", facts.code);
            assert!(!facts.name.is_empty() && country.name() == facts.name);
        }
    }

    #[test]
    fn every_territory_has_one_name() {
        for KnownTerritory { code, name: own, country, .. } in TERRITORIES {
            assert_ne!(own.is_some(), row(code).is_some(), "{code}");
            assert!(name(code).is_some() && row(country).is_some(), "{code}");
        }
    }
}
