//! Descriptions from outside.

use domain::html::{sanitise, summary};
use proptest::prelude::*;

#[test]
fn what_describes_stays_and_what_runs_or_loads_goes() {
    let raw = "<h2>A</h2><p onclick=x()>B <b>c</b></p><script>d()</script><img src=//evil><iframe src=x></iframe>\
        <style>*{}</style>\
               <a href='javascript:e()'>f</a> <a href='https://g.example'>h</a>";
    assert_eq!(
        sanitise(raw),
        "<h2>A</h2><p>B <b>c</b></p>\
         <a rel=\"noopener nofollow\">f</a> <a href=\"https://g.example\" rel=\"noopener nofollow\">h</a>"
    );
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
    fn sanitising_twice_is_sanitising_once(raw in "[<>/a-z&;\"' =!-]{0,80}") {
        let once = sanitise(&raw);
        prop_assert_eq!(sanitise(&once), once);
    }

    #[test]
    fn no_summary_is_longer_than_asked_or_has_a_tag(raw in ".{0,200}", max in 1_usize..60) {
        let text = summary(&sanitise(&raw), max);
        prop_assert!(text.chars().count() <= max + 1);
        prop_assert!(!text.contains('\n'));
    }
}
