//! What sanitising takes out of a description, so that whoever imports it can be told.

use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, StartTag, Tag, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::{Rawtext, Rcdata, ScriptData},
    },
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// Tags of a whole document, which show nothing by themselves.
const OF_A_DOCUMENT: [&str; 5] = ["html", "head", "body", "meta", "title"];
/// Attributes that stay or go by what they say.
const ADDRESSES: [&str; 2] = ["href", "cite"];

/// Names of what is not in a sanitised text any more, each once, in lower case.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Tags: `iframe`.
    pub tags: BTreeSet<String>,
    /// Attributes of tags that stay: `style`. `href` where a link has lost where it leads.
    pub attributes: BTreeSet<String>,
}

/// Compares a text with what [`crate::sanitise`] made of it.
pub fn left_out(raw: &str, clean: &str) -> LeftOut {
    let (raw, clean) = (Counts::of(raw), Counts::of(clean));
    let is_gone = |tag: &str| !clean.tags.contains(tag);
    let gone = raw.tags.iter().filter(|tag| is_gone(tag) && !OF_A_DOCUMENT.contains(&tag.as_str()));
    let attributes = raw.attributes.iter().filter(|((tag, name), count)| {
        let left = clean.attributes.get(&(tag.clone(), name.clone())).copied().unwrap_or(0);
        !is_gone(tag) && if ADDRESSES.contains(&name.as_str()) { left < **count } else { left == 0 }
    });
    LeftOut { tags: gone.cloned().collect(), attributes: attributes.map(|((_, name), _)| name.clone()).collect() }
}

/// The tags of a text, and how often each of their attributes is there.
#[derive(Debug, Default)]
struct Counts {
    tags: BTreeSet<String>,
    attributes: BTreeMap<(String, String), usize>,
}

impl Counts {
    fn of(html: &str) -> Self {
        let input = BufferQueue::default();
        input.push_back(StrTendril::from_slice(html));
        let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
        // Nothing runs a script here, so that nothing is left to be fed again.
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        tokenizer.sink.0.into_inner()
    }

    fn add(&mut self, tag: &Tag) {
        self.tags.insert(tag.name.to_string());
        for attribute in &tag.attrs {
            *self.attributes.entry((tag.name.to_string(), attribute.name.local.to_string())).or_default() += 1;
        }
    }
}

#[derive(Default)]
struct Sink(RefCell<Counts>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let TagToken(tag) = token else { return TokenSinkResult::Continue };
        if tag.kind != StartTag {
            return TokenSinkResult::Continue;
        }
        self.0.borrow_mut().add(&tag);
        match &*tag.name {
            "script" => TokenSinkResult::RawData(ScriptData),
            "style" | "iframe" | "noembed" | "noframes" | "xmp" => TokenSinkResult::RawData(Rawtext),
            "textarea" | "title" => TokenSinkResult::RawData(Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }
}
