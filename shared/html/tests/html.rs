//! Descriptions from outside.

use html::{left_out, sanitise};
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
fn a_description_keeps_its_structure_and_loses_what_runs_or_loads() {
    let harmless = "<h2>Mug</h2><ul><li><strong>Big</strong></li></ul><table><tbody><tr><td>1</td></tr></tbody></table>";
    assert_eq!(sanitise(&format!("  {harmless}\n")), harmless);
    for hostile in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<p onclick=alert(1) style='position:fixed'>x</p>",
        "<a href='javascript:alert(1)'>x</a>",
        "<iframe src='//evil'></iframe>",
        "<svg onload=alert(1)>",
    ] {
        let clean = sanitise(hostile);
        assert!(["alert", "src", "style", "evil", "<svg"].iter().all(|bad| !clean.contains(bad)), "{hostile} became {clean}");
    }
    assert_eq!(sanitise("<a href='https://x.example/'>x</a>"), r#"<a href="https://x.example/" rel="noopener nofollow">x</a>"#);
}

#[test]
fn what_sanitising_takes_out_is_told_by_its_name() {
    for (raw, tags, attributes) in [
        ("<p>A <b title='x'>b</b> a < b <!-- c --></p>", "", ""),
        ("<P Style='x' CLASS=\"y\" data-a=1>A</P>", "", "class data-a style"),
        ("<script>if (a<u && b) '<p class=x>'</script><style>a{}</style><p>x</p>", "script style", ""),
        ("<img src=x alt=y><iframe src='//x'><p class=z></iframe>", "iframe img", ""),
        ("<a href='javascript:x()'>a</a> <a href='https://x.example'>b</a>", "", "href"),
        ("<a href='https://x.example'>b</a>", "", ""),
        ("<a href='/pages/sizes'>b</a>", "", ""),
        ("<html><head><meta charset=utf-8><title>a<b></title></head><body class=x>c</body></html>", "", ""),
        ("<textarea><p class=x></textarea><font color=red>a</font>", "font textarea", ""),
        ("a &lt;img&gt; b", "", ""),
        ("<p class=x", "", ""),
    ] {
        let names = |names: std::collections::BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(" ");
        let left = left_out(raw, &sanitise(raw));
        assert_eq!((names(left.tags), names(left.attributes)), (tags.to_owned(), attributes.to_owned()), "{raw}");
    }
}

proptest! {
    #[test]
    fn nothing_is_taken_out_of_what_is_clean(
        raw in "(?:<(?:p|b|a|ul|li|img|td)(?: (?:class|href|title)='[a-z:/]{0,9}')?>|</p>|x){0,12}",
    ) {
        let clean = sanitise(&raw);
        prop_assert_eq!(left_out(&clean, &sanitise(&clean)), html::LeftOut::default());
    }

    #[test]
    fn sanitising_twice_is_sanitising_once(raw in "[<>/a-z&;\"' =!-]{0,80}") {
        let once = sanitise(&raw);
        prop_assert_eq!(sanitise(&once), once);
    }
}
