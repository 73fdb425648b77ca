use domain::text::{Name, one_line};
use std::str::FromStr;

/// What stands between the names of a path.
const SEPARATOR: &str = ">";

/// Where a category is: its own name and those of all above it, top first. At least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryPath(Vec<Name>);

impl CategoryPath {
    /// Of names, top first; `None` where there are none.
    pub fn new(names: Vec<Name>) -> Option<Self> {
        (!names.is_empty()).then_some(Self(names))
    }

    /// The category of one name, at the top.
    pub fn at_top(name: Name) -> Self {
        Self(vec![name])
    }

    /// The names, top first.
    pub fn names(&self) -> &[Name] {
        &self.0
    }
}

/// `Clothing > Shirts`.
impl FromStr for CategoryPath {
    type Err = <Name as FromStr>::Err;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let names = split(raw).into_iter().map(|name| one_line(&name)).filter(|name| !name.is_empty());
        let names: Vec<Name> = names.map(|name| name.parse()).collect::<Result<_, _>>()?;
        match Self::new(names) {
            Some(path) => Ok(path),
            None => "".parse::<Name>().map(Self::at_top),
        }
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
}
