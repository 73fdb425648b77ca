use domain::settings::Settings;
use render::views::Choice;

/// The countries the shop sells to, for a form; names as in ISO 3166.
pub fn country_choices(settings: &Settings, selected: &str) -> Vec<Choice> {
    let choice = |code: &domain::text::Country| Choice {
        value: code.to_string(),
        label: code.name().to_owned(),
        selected: selected.parse().as_ref() == Ok(code),
    };
    settings.countries_to_choose().iter().map(choice).collect()
}
