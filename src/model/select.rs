//! Which servers a user means: `api`, `shop/api`, `api*`, `@backend`.

use std::fmt;

use super::{ServerId, ServerStatus};

/// What a user typed as NAME.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Every server of every project.
    All,
    /// Every server of a group: `@group` or `project/@group`.
    Group {
        /// Only in this project, by glob.
        project: Option<String>,
        /// The group's name, by glob.
        group: String,
    },
    /// Servers by name: `name`, `project/name`, each part a glob with `*` and `?`. The name of a server with several
    /// copies means them all.
    Name {
        /// Only in this project, by glob.
        project: Option<String>,
        /// The server's name, by glob.
        name: String,
    },
}

/// Why a pattern selects nothing that can be acted on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// Nothing has this name.
    #[error("no server matches `{}`", .0.escape_debug())]
    NoMatch(String),
    /// A bare name that is not in the current project and stands in several others.
    #[error("`{}` is in several projects: {}", .name.escape_debug(), .projects.join(", "))]
    Ambiguous {
        /// What was typed.
        name: String,
        /// Where it was found.
        projects: Vec<String>,
    },
}

impl Pattern {
    /// Takes any text; a text that names nothing is found out by [`select`].
    pub fn parse(text: &str) -> Self {
        let (project, rest) = match text.split_once('/') {
            Some((project, rest)) => (Some(project.to_owned()), rest),
            None => (None, text),
        };
        match rest.strip_prefix('@') {
            Some(group) => Self::Group { project, group: group.to_owned() },
            None => Self::Name { project, name: rest.to_owned() },
        }
    }

    /// Whether it means this server, whatever others there are; `group` is the server's.
    pub fn means(&self, id: &ServerId, group: Option<&str>) -> bool {
        let within =
            |project: &Option<String>| project.as_deref().is_none_or(|glob| glob_matches(glob, id.project()));
        match self {
            Self::All => true,
            Self::Name { project, name } => {
                // of several copies: `web` means `web.2` too
                let copy = id.name().rsplit_once('.');
                let of = copy.filter(|(_, number)| number.bytes().all(|digit| digit.is_ascii_digit()));
                let named = |text: &str| glob_matches(name, text);
                within(project) && (named(id.name()) || of.is_some_and(|(of, _)| named(of)))
            }
            Self::Group { project, group: wanted } => {
                within(project) && group.is_some_and(|group| glob_matches(wanted, group))
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("--all"),
            Self::Group { project: Some(project), group } => write!(f, "{project}/@{group}"),
            Self::Group { project: None, group } => write!(f, "@{group}"),
            Self::Name { project: Some(project), name } => write!(f, "{project}/{name}"),
            Self::Name { project: None, name } => f.write_str(name),
        }
    }
}

/// Whether `text` matches `glob`, where `*` is any run of characters and `?` any one. Linear but for one
/// remembered star, the classic two-pointer match.
pub fn glob_matches(glob: &str, text: &str) -> bool {
    let (glob, text): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
    let (mut g, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match glob.get(g) {
            Some('*') => {
                star = Some((g, t));
                g += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                g += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    g = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    glob[g..].iter().all(|&c| c == '*')
}

/// The servers that the patterns mean, in the order of `servers`, each once. No pattern means the current project,
/// or all where there is none. A bare name or group is looked for in the current project first, then elsewhere.
pub fn select(
    patterns: &[Pattern],
    servers: &[ServerStatus],
    current: Option<&str>,
) -> Result<Vec<ServerId>, SelectError> {
    let mut chosen = vec![false; servers.len()];
    if patterns.is_empty() {
        for (server, mark) in servers.iter().zip(&mut chosen) {
            *mark = current.is_none_or(|project| server.project == project);
        }
    }
    for pattern in patterns {
        for index in matches(pattern, servers, current)? {
            chosen[index] = true;
        }
    }
    Ok(servers.iter().zip(chosen).filter(|(_, mark)| *mark).map(|(server, _)| server.id.clone()).collect())
}

type Test<'a> = Box<dyn Fn(&ServerStatus) -> bool + 'a>;

fn matches(
    pattern: &Pattern,
    servers: &[ServerStatus],
    current: Option<&str>,
) -> Result<Vec<usize>, SelectError> {
    let (project, fits): (_, Test<'_>) = match pattern {
        Pattern::All => return Ok((0..servers.len()).collect()),
        Pattern::Group { project, group } => {
            (project, Box::new(|s| s.group.as_deref().is_some_and(|g| glob_matches(group, g))))
        }
        Pattern::Name { project, name } => {
            (project, Box::new(|s| glob_matches(name, &s.name) || is_copy_of(s, name, servers)))
        }
    };
    let within = |wanted: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..servers.len()).filter(|&i| wanted(&servers[i].project) && fits(&servers[i])).collect()
    };
    let found = match (project, current) {
        (Some(project), _) => within(&|p| glob_matches(project, p)),
        (None, Some(current)) => {
            let here = within(&|p| p == current);
            if here.is_empty() { within(&|_| true) } else { here }
        }
        (None, None) => within(&|_| true),
    };
    let mut projects: Vec<String> = found.iter().map(|&i| servers[i].project.clone()).collect();
    projects.dedup();
    match pattern {
        _ if found.is_empty() => Err(SelectError::NoMatch(pattern.to_string())),
        Pattern::Name { project: None, name } if projects.len() > 1 && !name.contains(['*', '?']) => {
            Err(SelectError::Ambiguous { name: name.clone(), projects })
        }
        _ => Ok(found),
    }
}

/// Whether it is a copy of what the glob means; a server that has the name itself is meant alone.
fn is_copy_of(server: &ServerStatus, glob: &str, servers: &[ServerStatus]) -> bool {
    server.replica_of.as_deref().is_some_and(|of| {
        glob_matches(glob, of) && !servers.iter().any(|s| s.project == server.project && s.name == of)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(project: &str, name: &str, group: Option<&str>) -> ServerStatus {
        let mut status = ServerStatus::blank(ServerId::new(project, name).unwrap());
        status.group = group.map(str::to_owned);
        status
    }

    fn house() -> Vec<ServerStatus> {
        vec![
            server("shop", "api", Some("back")),
            server("shop", "api-admin", None),
            server("shop", "web", Some("front")),
            server("blog", "api", Some("back")),
            server("blog", "db", None),
        ]
    }

    fn chosen(patterns: &[&str], current: Option<&str>) -> Result<Vec<String>, SelectError> {
        let patterns: Vec<Pattern> = patterns.iter().map(|p| Pattern::parse(p)).collect();
        Ok(select(&patterns, &house(), current)?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn names_globs_groups_and_projects_select() {
        assert_eq!(chosen(&["api"], Some("shop")).unwrap(), ["shop/api"]);
        assert_eq!(chosen(&["api*"], Some("shop")).unwrap(), ["shop/api", "shop/api-admin"]);
        assert_eq!(chosen(&["@back"], Some("shop")).unwrap(), ["shop/api"]);
        assert_eq!(chosen(&["*/@back"], Some("shop")).unwrap(), ["shop/api", "blog/api"]);
        assert_eq!(chosen(&["db"], Some("shop")).unwrap(), ["blog/db"]);
        assert_eq!(chosen(&["blog/*", "db"], Some("shop")).unwrap(), ["blog/api", "blog/db"]);
        assert_eq!(chosen(&[], Some("blog")).unwrap(), ["blog/api", "blog/db"]);
        assert_eq!(chosen(&[], None).unwrap().len(), 5);
    }

    #[test]
    fn a_bare_name_in_several_projects_is_refused_with_their_list() {
        let error = chosen(&["api"], None).unwrap_err();
        assert_eq!(error.to_string(), "`api` is in several projects: shop, blog");
        assert_eq!(chosen(&["nope"], None).unwrap_err(), SelectError::NoMatch("nope".into()));
    }

    #[test]
    fn a_pattern_means_a_server_by_name_or_group() {
        let id = ServerId::new("shop", "api").unwrap();
        for (text, group, expected) in [
            ("api", None, true),
            ("shop/a*", None, true),
            ("blog/api", None, false),
            ("web", None, false),
            ("@back", Some("back"), true),
            ("shop/@b*", Some("back"), true),
            ("blog/@back", Some("back"), false),
            ("@back", None, false),
        ] {
            assert_eq!(Pattern::parse(text).means(&id, group), expected, "{text} {group:?}");
        }
        assert!(Pattern::All.means(&id, None));
        let copy = ServerId::new("shop", "web.2").unwrap();
        assert!(["web", "web.2", "w*"].iter().all(|text| Pattern::parse(text).means(&copy, None)));
        assert!(["web.1", "we", "2"].iter().all(|text| !Pattern::parse(text).means(&copy, None)));
    }

    #[test]
    fn the_name_of_several_copies_means_them_all() {
        let copy = |project: &str, of: &str, number: u32| {
            let mut copy = server(project, &format!("{of}.{number}"), Some("front"));
            copy.replica_of = Some(of.to_owned());
            copy
        };
        let mut house = vec![copy("shop", "web", 1), copy("shop", "web", 2), server("blog", "web", None)];
        let chosen = |house: &[ServerStatus], pattern: &str| -> Vec<String> {
            let ids = select(&[Pattern::parse(pattern)], house, Some("shop")).unwrap();
            ids.iter().map(ToString::to_string).collect()
        };
        for pattern in ["web", "shop/web", "w*", "web.*", "@front", "shop/@front"] {
            assert_eq!(chosen(&house, pattern), ["shop/web.1", "shop/web.2"], "{pattern}");
        }
        assert_eq!(chosen(&house, "web.2"), ["shop/web.2"]);
        assert_eq!(chosen(&house, "*/web"), ["shop/web.1", "shop/web.2", "blog/web"]);
        house.push(server("shop", "web", None));
        assert_eq!(chosen(&house, "web"), ["shop/web"], "the server itself comes first");
    }

    #[test]
    fn globs_match_as_in_a_shell() {
        for (glob, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("?", "", false),
            ("a?c", "abc", true),
            ("*a*a*", "banana", true),
            ("", "x", false),
        ] {
            assert_eq!(glob_matches(glob, text), expected, "{glob} {text}");
        }
    }
}
