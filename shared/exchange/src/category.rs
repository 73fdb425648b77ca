use domain::text::{Name, TextError, one_line};
use std::str::FromStr;

/// What stands between the names of a path.
const SEPARATOR: &str = ">";

/// Names of a path at most. A category is written in one transaction with all above it, which has room for 100.
const DEEPEST: usize = 90;

/// Where a category is: its own name and those of all above it, top first. At least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryPath(Vec<Name>);

impl CategoryPath {
    /// Of names, top first; `None` where there are none.
    pub fn new(names: Vec<Name>) -> Option<Self> {
        (!names.is_empty()).then_some(Self(names))
    }

    /// Of names as they were typed, top first.
    ///
    /// # Errors
    ///
    /// `TextError` where there are none or too many, or where one of them is no name.
    pub(crate) fn of_typed(names: impl Iterator<Item = String>) -> Result<Self, TextError> {
        let names: Vec<Name> = names.take(DEEPEST + 1).map(|name| name.parse()).collect::<Result<_, _>>()?;
        if names.len() > DEEPEST {
            return Err(TextError::Malformed("has too many names below each other"));
        }
        Self::new(names).ok_or(TextError::Empty)
    }

    /// The category of one name, at the top.
    pub fn at_top(name: Name) -> Self {
        Self(vec![name])
    }

    /// A category below this one; `None` where that would have too many names.
    pub(crate) fn with(&self, below: &[Name]) -> Option<Self> {
        let names = [&self.0, below].concat();
        (names.len() <= DEEPEST).then_some(Self(names))
    }

    /// The names, top first.
    pub fn names(&self) -> &[Name] {
        &self.0
    }
}

/// `Clothing > Shirts`.
impl FromStr for CategoryPath {
    type Err = TextError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        Self::of_typed(split(raw).into_iter().map(|name| one_line(&name)).filter(|name| !name.is_empty()))
    }
}

impl std::fmt::Display for CategoryPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().map(|name| name.as_str().replace(SEPARATOR, "\\>"));
        f.write_str(&names.collect::<Vec<_>>().join(" > "))
    }
}

/// The names between the separators. One with a backslash before it belongs to the name.
fn split(path: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let (mut is_open, mut parts) = (false, path.split(SEPARATOR).peekable());
    while let Some(part) = parts.next() {
        let before = part.strip_suffix('\\').filter(|_| parts.peek().is_some());
        let (part, goes_on) = before.map_or((part, false), |part| (part, true));
        match names.last_mut().filter(|_| is_open) {
            Some(name) => *name = format!("{name}{SEPARATOR}{part}"),
            None => names.push(part.to_owned()),
        }
        is_open = goes_on;
    }
    names
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_was_written_also_where_a_name_has_the_separator() {
        for names in [
            vec!["Clothing", "Shirts"],
            vec!["A > B", "C>D"],
            vec!["Back\\", "Slash"],
            vec!["x\\>y"],
            vec!["a>", "b"],
            vec!["a", "\\"],
        ] {
            let path = CategoryPath::new(names.iter().map(|name| name.parse().unwrap()).collect()).unwrap();
            assert_eq!(path.to_string().parse::<CategoryPath>().unwrap(), path, "{path}");
        }
    }

    #[test]
    fn a_path_has_no_more_names_than_a_category_can_have_above_it() {
        let path = |names: usize| vec!["a"; names].join(">").parse::<CategoryPath>();
        assert_eq!(path(DEEPEST).unwrap().names().len(), DEEPEST);
        assert_eq!(path(DEEPEST + 1).unwrap_err().to_string(), "has too many names below each other");
        assert_eq!(" > ".parse::<CategoryPath>().unwrap_err(), TextError::Empty);
    }
}
