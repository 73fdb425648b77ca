//! What a password may not be made of.

use domain::password::tells_its_owner;

#[test]
fn a_password_that_is_the_address_or_name_with_little_more_tells_its_owner() {
    for password in [
        "ada.lovelace@example.com",
        " ada.lovelace @ EXAMPLE.com ",
        "ada.\u{200b}lovelace@exam\u{ad}ple.com\u{feff}",
        "ａｄａ.lovelace＠example.com",
        "my address is ada.lovelace@example.com, honestly",
        "42ada.lovelace!",
        "ada.lovelace123",
        "Augusta Ada King",
        "augustaadaking99",
        "x Augusta x",
        "ada-lovelace_12",
        "AdaLovelace@ExampleCom",
        "august.a-ada,king",
    ] {
        assert!(tells_its_owner(password, "Augusta Ada King", "ada.lovelace@example.com"), "{password}");
    }
    for password in [
        "ada.lovelace and a loom",
        "augusta likes long walks",
        "king of the hill",
        "example.com is not mine",
        "correct horse battery staple",
    ] {
        assert!(!tells_its_owner(password, "Augusta Ada King", "ada.lovelace@example.com"), "{password}");
    }
}

#[test]
fn short_words_tell_nobody_and_domains_are_known_in_both_writings() {
    assert!(!tells_its_owner("ada12", "Ada", "ada@example.com"));
    for password in ["ada@münchen.example", "ada@xn--mnchen-3ya.example", "ADA@MU\u{308}NCHEN.example1"] {
        for email in ["ada@münchen.example", "ada@xn--mnchen-3ya.example"] {
            assert!(tells_its_owner(password, "Ada", email), "{password} {email}");
        }
    }
    assert!(!tells_its_owner("anything at all", "", ""));
    assert!(!tells_its_owner("a slab covers it", "Al", "a@b.co"), "letters of a short address by chance");
}
