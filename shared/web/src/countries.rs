use domain::{settings::Settings, text::Destination};
use render::views::Choice;

/// The countries the shop sells to, for a form, in the order of their names, which are those of ISO 3166. Where none is selected,
/// the shop's own is.
pub fn country_choices(settings: &Settings, selected: &str) -> Vec<Choice> {
    let choice = |code: &domain::text::Country| Choice {
        value: code.to_string(),
        label: code.name().to_owned(),
        selected: selected.parse().as_ref() == Ok(code),
    };
    let mut choices: Vec<Choice> = settings.countries_to_choose().iter().map(choice).collect();
    choices.sort_by(|a, b| a.label.cmp(&b.label));
    if !choices.iter().any(|choice| choice.selected) {
        let home = settings.taxes.home.as_ref().and_then(Destination::country).map(|home| home.to_string());
        choices.iter_mut().filter(|choice| Some(&choice.value) == home.as_ref()).for_each(|choice| choice.selected = true);
    }
    choices
}
