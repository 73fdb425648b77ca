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
        let names = raw.split(SEPARATOR).map(one_line).filter(|name| !name.is_empty());
        let names: Vec<Name> = names.map(|name| name.parse()).collect::<Result<_, _>>()?;
        match Self::new(names) {
            Some(path) => Ok(path),
            None => "".parse::<Name>().map(Self::at_top),
        }
    }
}

impl std::fmt::Display for CategoryPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.iter().map(Name::as_str).collect::<Vec<_>>().join(" > "))
    }
}
