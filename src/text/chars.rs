//! Which characters never reach a sink.

use unicode_width::UnicodeWidthChar as _;

/// Whether `c` may not be shown: controls, and what reorders text, has no shape of its own or means nothing.
///
/// After Unicode 16: `Default_Ignorable_Code_Point`, the bidirectional controls (UAX #9), line and paragraph
/// separator, interlinear annotations, format controls of single scripts and the noncharacters. Variation
/// selectors and joiners are among them: terminals disagree about the width of what they make.
pub fn is_unsafe(c: char) -> bool {
    if c < '\u{a0}' {
        return c.is_control();
    }
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Whether `c` is drawn onto the character before it.
pub(super) fn is_mark(c: char) -> bool {
    c >= '\u{300}' && c.width() == Some(0)
}

/// Whether `c` is surely safe and no mark: most characters of most logs, told without a table.
pub(super) fn is_common(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{400}'..='\u{482}' | '\u{48a}'..='\u{52f}'
        | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{20a0}'..='\u{20bf}' | '\u{2100}'..='\u{2bff}'
        | '\u{3000}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{30a0}'..='\u{30ff}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff01}'..='\u{ff60}' | '\u{1f300}'..='\u{1f64f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_without_a_table_is_what_the_table_says() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            assert!(!is_common(c) || !is_unsafe(c) && !is_mark(c), "{c:?}");
            assert!(!c.is_control() || is_unsafe(c), "{c:?}");
        }
    }
}
