/// The words of sanitised HTML on one line, at most `max` characters, ending at a word.
pub(crate) fn summary(html: &str, max: usize) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            _ if !in_tag => text.push(c),
            _ => {}
        }
    }
    let text =
        text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    let mut summary = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        length += word.chars().count() + 1;
        if length > max {
            summary.push('…');
            break;
        }
        if !summary.is_empty() && !word.starts_with([',', '.', ';', ':', '!', '?']) {
            summary.push(' ');
        }
        summary.push_str(word);
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;
    use html::sanitise;
    use proptest::prelude::*;

    #[test]
    fn a_summary_is_the_words_of_a_description() {
        assert_eq!(
            summary("<p>Hand-made <b>mug</b>, &lt;big&gt; &amp; blue.</p><p>New!</p>", 100),
            "Hand-made mug, <big> & blue. New!"
        );
        assert_eq!(summary("<p>one two three</p>", 9), "one two…");
        assert_eq!(summary(&sanitise("<a title='a > b' href='/x'>x</a>"), 50), "x");
        assert_eq!(summary("", 10), "");
    }

    #[test]
    fn a_summary_is_words_on_one_line_and_ends_at_a_word() {
        let html = "<p>Good, <b>warm</b> wool.</p><ul><li>Soap &amp; water</li></ul>";
        assert_eq!(summary(html, 100), "Good, warm wool. Soap & water");
        assert_eq!(summary(html, 18), "Good, warm wool.…");
        assert_eq!(summary("", 10), "");
    }

    proptest! {
        #[test]
        fn no_summary_is_longer_than_asked_or_has_a_tag(raw in ".{0,200}", max in 1_usize..60) {
            let text = summary(&sanitise(&raw), max);
            prop_assert!(text.chars().count() <= max + 1);
            prop_assert!(!text.contains('\n'));
        }
    }
}
