use super::*;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

use crate::tui::message::TerminalAnswer;

const NOW: Duration = Duration::from_secs(1);
const BLACK: Input = Input::Said(TerminalAnswer::Background(0, 0, 0));

fn key(code: KeyCode) -> Input {
    plain(code)
}

fn c(c: char) -> Input {
    with(KeyCode::Char(c), shift(c))
}

fn ctrl(c: char) -> Input {
    with(KeyCode::Char(c), KeyModifiers::CONTROL)
}

/// What comes of these parts, each followed by silence.
fn decoded(parts: &[&[u8]]) -> Vec<Input> {
    let mut decoder = Decoder::default();
    decoder.expect(Duration::ZERO);
    let mut out = VecDeque::new();
    for part in parts {
        decoder.feed(part, NOW, &mut out);
        if decoder.patience().is_some() {
            decoder.quiet(NOW, &mut out);
        }
    }
    assert_eq!(decoder.state, State::Ground);
    out.into()
}

/// The same, read byte by byte without a silence; one at the end.
fn trickled(bytes: &[u8]) -> Vec<Input> {
    let mut decoder = Decoder::default();
    let mut out = VecDeque::new();
    for byte in bytes {
        decoder.feed(&[*byte], NOW, &mut out);
    }
    decoder.quiet(NOW, &mut out);
    out.into()
}

#[test]
fn keys_are_what_terminals_send_for_them() {
    let expected: [(&[u8], Input); 28] = [
        (b"j", c('j')),
        (b"G", c('G')),
        ("é".as_bytes(), c('é')),
        ("漢".as_bytes(), c('漢')),
        (b"\r", key(KeyCode::Enter)),
        (b"\t", key(KeyCode::Tab)),
        (b"\x7f", key(KeyCode::Backspace)),
        (b"\x1b", key(KeyCode::Esc)),
        (b"\x03", ctrl('c')),
        (b"\x1a", ctrl('z')),
        (b"\x1c", ctrl('4')),
        (b"\0", ctrl(' ')),
        (b"\x1b[A", key(KeyCode::Up)),
        (b"\x1bOB", key(KeyCode::Down)),
        (b"\x1b[H", key(KeyCode::Home)),
        (b"\x1b[4~", key(KeyCode::End)),
        (b"\x1b[7~", key(KeyCode::Home)),
        (b"\x1b[5~", key(KeyCode::PageUp)),
        (b"\x1bOP", key(KeyCode::F(1))),
        (b"\x1b[11~", key(KeyCode::F(1))),
        (b"\x1b[[A", key(KeyCode::F(1))),
        (b"\x1b[24~", key(KeyCode::F(12))),
        (b"\x1b[Z", with(KeyCode::BackTab, KeyModifiers::SHIFT)),
        (b"\x1b[1;5A", with(KeyCode::Up, KeyModifiers::CONTROL)),
        (b"\x1b[5;2~", with(KeyCode::PageUp, KeyModifiers::SHIFT)),
        (b"\x1bx", with(KeyCode::Char('x'), KeyModifiers::ALT)),
        (b"\x1b]", with(KeyCode::Char(']'), KeyModifiers::ALT)),
        (b"\x1bP", with(KeyCode::Char('P'), KeyModifiers::ALT)),
    ];
    for (bytes, input) in expected {
        assert_eq!(decoded(&[bytes]), std::slice::from_ref(&input), "{bytes:?}");
        assert_eq!(trickled(bytes), [input], "{bytes:?}");
    }
    assert_eq!(decoded(&[b"\x1b\x1b"]), [key(KeyCode::Esc), key(KeyCode::Esc)]);
}

#[test]
fn clicks_and_the_wheel_have_a_place_and_motion_is_nothing() {
    let at =
        |kind, column, row| Input::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    assert_eq!(decoded(&[b"\x1b[<0;3;2M"]), [at(MouseEventKind::Down(MouseButton::Left), 2, 1)]);
    assert_eq!(decoded(&[b"\x1b[<0;3;2m"]), [at(MouseEventKind::Up(MouseButton::Left), 2, 1)]);
    assert_eq!(decoded(&[b"\x1b[<65;300;100M"]), [at(MouseEventKind::ScrollDown, 299, 99)]);
    for nothing in [&b"\x1b[<35;3;2M"[..], b"\x1b[<32;3;2M", b"\x1b[<0;0;0M", b"\x1b[M !!", b"\x1b[<0;1M"] {
        assert_eq!(decoded(&[nothing]), [], "{nothing:?}");
    }
}

#[test]
fn answers_never_become_keys_however_they_come() {
    let background = b"\x1b]11;rgb:0000/0000/0000\x1b\\";
    assert_eq!(decoded(&[background]), [BLACK]);
    assert_eq!(decoded(&[b"\x1b]11;rgb:0/0/0\x07"]), [BLACK]);
    assert_eq!(trickled(background), [BLACK]);
    // what crossterm would wait behind
    for other in [&b"\x1b[?2026;2$y"[..], b"\x1b[?62;22c", b"\x1b[3;4R", b"\x1bP0+r524742\x1b\\", b"\x1b[?1u"]
    {
        assert_eq!(decoded(&[&[other, b"j"].concat()]), [c('j')], "{other:?}");
    }
    // cut into two with a long silence between, anywhere
    for cut in 1..background.len() {
        let inputs = decoded(&[&background[..cut], &background[cut..], b"j"]);
        let typed: Vec<_> = inputs.into_iter().filter(|input| *input != BLACK).collect();
        let is_esc = cut == 1;
        let alt = (cut == 2).then(|| with(KeyCode::Char(']'), KeyModifiers::ALT));
        let before = is_esc.then(|| key(KeyCode::Esc)).into_iter().chain(alt);
        assert_eq!(typed, before.chain([c('j')]).collect::<Vec<_>>(), "{cut}");
    }
    // one without end
    assert_eq!(decoded(&[b"\x1b]11;rgb:00", b"j"]), [c('j')]);
    let endless = [&b"\x1b]11;"[..], &vec![b'x'; 100_000]].concat();
    assert_eq!(decoded(&[&endless, b"j"]), [c('j')]);
}

#[test]
fn ctrl_c_is_a_key_wherever_it_comes() {
    for before in
        [&b"\x1b"[..], b"\x1b[", b"\x1b[1;", b"\x1b]11;rgb", b"\x1bP1+r", b"\xe6\xbc", b"\x1b[200~ab"]
    {
        let mut decoder = Decoder::default();
        let mut out = VecDeque::new();
        decoder.feed(before, NOW, &mut out);
        decoder.feed(b"\x03", NOW, &mut out);
        assert_eq!(out.back(), Some(&ctrl('c')), "{before:?}");
    }
}

#[test]
fn a_paste_is_one_text_and_bounded() {
    let paste = |text: &str| Input::Paste(text.to_owned());
    assert_eq!(decoded(&[b"\x1b[200~x\r\x1b[Aq\x1b[201~j"]), [paste("x\r\u{1b}[Aq"), c('j')]);
    let long = [&b"\x1b[200~"[..], &vec![b'a'; 3 * PASTE_MAX], b"\x1b[201~j"].concat();
    assert_eq!(decoded(&[&long]), [paste(&"a".repeat(PASTE_MAX)), c('j')]);
    // without its end it ends some time
    assert_eq!(decoded(&[b"\x1b[200~ab", b"j"]), [paste("ab"), c('j')]);
}

proptest! {
    /// No bytes in any parts make it panic, hold more than its limits, or deaf to a key after a silence.
    #[test]
    fn any_bytes_will_do(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..8)) {
        let mut decoder = Decoder::default();
        let mut out = VecDeque::new();
        for part in &parts {
            decoder.feed(part, NOW, &mut out);
            prop_assert!(decoder.held.len() <= PASTE_MAX + PASTE_END.len());
        }
        decoder.quiet(NOW, &mut out);
        out.clear();
        decoder.feed(b"j", NOW + TORN + TORN, &mut out);
        prop_assert_eq!(Vec::from(out), [c('j')]);
    }
}
