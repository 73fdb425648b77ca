//! Pages of every function.

use super::view;
use serde::Serialize;
use utoipa::ToSchema;

/// A short message and where to go on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message {
    /// The page's heading.
    pub heading: String,
    /// A sentence or two.
    pub text: String,
    /// Where to go on.
    pub link: String,
    /// What the link says.
    pub link_text: String,
}
view!(Message, "message", |v| v.heading, |v| format!("{}. {}", v.heading, v.text).into());

/// Asks before something is done that cannot be undone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Confirm {
    /// The question.
    pub heading: String,
    /// What will happen.
    pub text: String,
    /// Where the form posts to.
    pub action: String,
    /// What the button says.
    pub button: String,
    /// Back without doing it.
    pub back: String,
    /// Hidden fields.
    #[schema(value_type = Vec<Vec<String>>)]
    pub fields: Vec<(String, String)>,
}
view!(Confirm, "confirm", |v| v.heading);

/// Something went wrong, in the words of RFC 9457.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemPage {
    /// HTTP status.
    pub status: u16,
    /// Short, the same for every occurrence.
    pub title: String,
    /// This occurrence.
    pub detail: String,
    /// Where to go on.
    pub link: String,
    /// What the link says.
    pub link_text: String,
}
view!(ProblemPage, "problem", |v| v.title);
