//! White space in templates.
//!
//! Templates are written for people: one element per line, indented. Browsers get pages without that white space.
//!
//! The rule, for a line break together with all white space around it:
//!
//! - It vanishes beside a tag (`<` or `>`), beside a block helper, a partial or a comment (`{{#..}}`, `{{else}}`, `{{/..}}`,
//!   `{{> ..}}`, `{{!..}}`), and at the template's start and end.
//! - Anywhere else, it is one space: between words, between attributes.
//!
//! White space within a line stays. So two things with a space between them stand on one line, and the space before an attribute
//! that is not always there stands inside its block: `{{#if required}} required{{/if}}`. Only templates are changed, never the
//! values that they show.

/// A template without the white space that is only there for its readers.
pub(crate) fn compact(template: &str) -> String {
    let mut compact = String::with_capacity(template.len());
    let mut lines = template.lines().map(str::trim).filter(|line| !line.is_empty());
    if let Some(first) = lines.next() {
        compact.push_str(first);
    }
    for line in lines {
        if !ends_with_markup(&compact) && !starts_with_markup(line) {
            compact.push(' ');
        }
        compact.push_str(line);
    }
    compact
}

/// Whether an expression, by what is between its braces, is a block helper, a partial or a comment.
fn is_block(expression: &str) -> bool {
    let inner = expression.trim_start_matches('~');
    inner.starts_with(['#', '/', '>', '!', '^']) || inner.trim_end_matches('~').trim() == "else" || inner.starts_with("else ")
}

fn starts_with_markup(text: &str) -> bool {
    // What a partial is given may stand on the lines below.
    let expression = || text.strip_prefix("{{").and_then(|rest| rest.split("}}").next());
    text.starts_with(['<', '>']) || text.starts_with("/>") || expression().is_some_and(is_block)
}

fn ends_with_markup(text: &str) -> bool {
    let expression = || text.strip_suffix("}}").and_then(|rest| rest.rsplit_once("{{"));
    text.ends_with(['<', '>']) || expression().is_some_and(|(_, inner)| is_block(inner))
}

#[cfg(test)]
mod tests {
    use super::{compact, ends_with_markup, starts_with_markup};
    use crate::engine::TEMPLATES;

    #[test]
    fn a_line_break_vanishes_beside_a_tag() {
        assert_eq!(compact("<ul>\n  <li>\n    One\n  </li>\n</ul>\n"), "<ul><li>One</li></ul>");
        assert_eq!(compact("<p>\n\n  {{text}}\r\n</p>"), "<p>{{text}}</p>");
    }

    #[test]
    fn a_line_break_vanishes_beside_blocks_partials_and_comments() {
        let template = "{{! Why. }}\n{{#if a}}\n  {{a}}\n{{else}}\n  none\n{{/if}}\n{{> partial}}\n{{b}}\n";
        assert_eq!(compact(template), "{{! Why. }}{{#if a}}{{a}}{{else}}none{{/if}}{{> partial}}{{b}}");
    }

    #[test]
    fn a_line_break_between_words_or_values_is_a_space() {
        assert_eq!(compact("<p>\n  One,\n  {{two}}\n  {{three}}.\n</p>"), "<p>One, {{two}} {{three}}.</p>");
    }

    #[test]
    fn attributes_over_several_lines_keep_one_space() {
        let template = "<input\n  name=\"a\"\n  value=\"{{a}}\"\n  {{#if b}} required{{/if}}\n>";
        assert_eq!(compact(template), "<input name=\"a\" value=\"{{a}}\"{{#if b}} required{{/if}}>");
        assert_eq!(compact("{{a}}\n{{> b\n  c=1}}\n{{d}}"), "{{a}}{{> b c=1}}{{d}}");
        assert_eq!(compact("{{> field\n  name=\"a\"\n  label=\"A b\"}}"), "{{> field name=\"a\" label=\"A b\"}}");
    }

    #[test]
    fn a_space_within_a_line_stays() {
        let template = "<p>\n  <a>One</a> <a>Two</a>{{#if c}} <a>  Three</a>{{/if}}\n</p>";
        assert_eq!(compact(template), "<p><a>One</a> <a>Two</a>{{#if c}} <a>  Three</a>{{/if}}</p>");
    }

    #[test]
    fn templates_are_indented_by_two_and_have_no_line_over_130_characters() {
        for (name, template) in TEMPLATES {
            for line in template.lines() {
                assert!(line.chars().count() <= 130, "{name}: a line of {} characters: {line}", line.chars().count());
                assert!(!line.contains('\t') && line == line.trim_end(), "{name}: {line:?}");
                assert_eq!((line.len() - line.trim_start().len()) % 2, 0, "{name}: indented by an odd number: {line:?}");
            }
        }
    }

    /// Text keeps its space before and after an element only on one line with it.
    #[test]
    fn no_template_loses_a_space_that_its_readers_would_expect() {
        const INLINE: [&str; 8] = ["<a", "<b", "<em", "<s", "<small", "<span", "<strong", "<time"];
        let opens = |line: &str| INLINE.contains(&line.split([' ', '>']).next().unwrap_or_default());
        let closes = |line: &str| line.rsplit_once("</").is_some_and(|(_, end)| opens(&format!("<{end}")));
        for (name, template) in TEMPLATES {
            assert!(!template.contains("<pre"), "{name}: its line breaks would be lost");
            let lines: Vec<&str> = template.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            for pair in lines.windows(2) {
                let [line, next] = pair else { continue };
                let text_then_element = !ends_with_markup(line) && opens(next);
                let element_then_text = closes(line) && !starts_with_markup(next);
                assert!(!text_then_element && !element_then_text, "{name}: put on one line: {line:?} and {next:?}");
            }
        }
    }
}
