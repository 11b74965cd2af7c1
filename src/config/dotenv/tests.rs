use super::*;

fn read_over(text: &str, base: &[(&str, &str)]) -> Result<BTreeMap<String, String>, BadLine> {
    let mut env = base.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    read(text, &mut env).map(|()| env)
}

/// The value of `V` after this text, over `A=1` and `EMPTY=`.
fn value(text: &str) -> String {
    let mut env = read_over(text, &[("A", "1"), ("EMPTY", "")]).unwrap_or_else(|e| panic!("{text:?}: {e:?}"));
    env.remove("V").unwrap_or_else(|| panic!("{text:?} sets no V"))
}

#[test]
fn the_grammar() {
    for (text, expected) in [
        ("V=x", "x"),
        ("V=", ""),
        ("V: x", "x"),
        ("  V = x  ", "x"),
        ("export V=x", "x"),
        ("export\tV=x", "x"),
        ("\u{feff}V=x\r\nB=2\r\n", "x"),
        ("# comment\n\n  # another\nV=x", "x"),
        ("V=x # comment", "x"),
        ("V=x# none", "x# none"),
        ("V=#x", ""),
        ("V= # only a comment", ""),
        ("V=a=b:c", "a=b:c"),
        ("V=it's", "it's"),
        ("V=a b  c", "a b  c"),
        (r#"V="x # y""#, "x # y"),
        (r#"V="x" # y"#, "x"),
        (r#"V="a\nb\t\\\"\$A \q \0101 \a""#, "a\nb\t\\\"$A \\q A \u{7}"),
        ("V=\"one\ntwo\"\nB=2", "one\ntwo"),
        ("V='one\ntwo'", "one\ntwo"),
        (r"V='$A ${A} \n'", r"$A ${A} \n"),
        (r"V='Let\'s go'", "Let's go"),
        (r#"V="it's""#, "it's"),
        (r"V=a\nb", r"a\nb"),
        ("V=$A", "1"),
        ("V=x${A}y", "x1y"),
        (r#"V="$A-${A}""#, "1-1"),
        ("V=$$A", "$A"),
        ("V=$NOPE", ""),
        ("V=${NOPE}", ""),
        ("V=${NOPE:-d}", "d"),
        ("V=${NOPE-d}", "d"),
        ("V=${EMPTY:-d}", "d"),
        ("V=${EMPTY-d}", ""),
        ("V=${A:-d}", "1"),
        ("V=${A:+r}", "r"),
        ("V=${EMPTY:+r}", ""),
        ("V=${EMPTY+r}", "r"),
        ("V=${NOPE+r}", ""),
        ("V=${A:?m}", "1"),
        ("V=${NOPE:-${A}}", "1"),
        ("V=${NOPE:-${ALSO:-z}}!", "z!"),
        ("V=5$ and $ 6", "5$ and $ 6"),
        ("V=1\nV=2", "2"),
        ("A=2\nV=$A", "2"),
        ("V=é", "é"),
    ] {
        assert_eq!(value(text), expected, "{text:?}");
    }
}

#[test]
fn what_a_variable_holds_is_not_looked_at_again() {
    assert_eq!(value("B='${B}$A'\nV=$B"), "${B}$A");
    assert_eq!(value("V=$V$V"), "");
}

#[test]
fn a_name_alone_leaves_the_variable_as_it_is() {
    let env = read_over("A\nNOPE\nB=2", &[("A", "1")]).unwrap();
    assert_eq!(env, BTreeMap::from([("A".into(), "1".into()), ("B".into(), "2".into())]));
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_without_a_value() {
    for (text, line, part) in [
        ("A=1\n\nB=\"open", 3, "closing quote"),
        ("A='x\ny", 1, "closing quote"),
        ("A=\"x\"y", 1, "after the closing quote"),
        ("A=1\nno name=2", 2, "variable's name"),
        ("=1", 1, "variable's name"),
        ("A=1\n\u{1b}[m=2", 2, "\\u{1b}"),
        ("A=${B", 1, "no `}`"),
        ("A=${}", 1, "no variable's name"),
        ("A=${B!x}", 1, "unknown operator"),
        ("A=${B:}", 1, "unknown operator"),
        ("A=${B:?secret}", 1, "needs `B`"),
        ("A=\"\\0\"", 1, "NUL"),
    ] {
        let error = read_over(text, &[]).unwrap_err();
        assert_eq!(error.line, line, "{text:?}: {}", error.message);
        assert!(error.message.contains(part), "{text:?}: {}", error.message);
        assert!(!error.message.contains("secret"), "{}", error.message);
    }
}

#[test]
fn doubling_and_nesting_end() {
    let doubling = format!("A=xxxxxxxxxxxxxxxx\n{}", "A=$A$A\n".repeat(60));
    assert!(read_over(&doubling, &[]).unwrap_err().message.contains("128 KiB"));
    let deep = format!("V={}x{}", "${N:-".repeat(1000), "}".repeat(1000));
    assert!(read_over(&deep, &[]).unwrap_err().message.contains("too deep"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[AVé=:$ {}\"'\\\\#\n\r\t0-9?+!-]{0,60}") {
        let _ = read_over(&text, &[("A", "1")]);
    }
}
