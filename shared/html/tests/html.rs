//! Descriptions from outside.

use html::sanitise;
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

proptest! {
    #[test]
    fn sanitising_twice_is_sanitising_once(raw in "[<>/a-z&;\"' =!-]{0,80}") {
        let once = sanitise(&raw);
        prop_assert_eq!(sanitise(&once), once);
    }
}
