//! How well a colour can be read on another: WCAG 2.2, "relative luminance" and "contrast ratio"
//! (<https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>). A text should have 4.5, for weak eyes 7.

use crate::model::Ground;

/// A channel of sRGB, 0 to 255, as light, 0 to 1 (IEC 61966-2-1).
pub(crate) fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// 0 for black to 1 for white.
pub(crate) fn luminance([red, green, blue]: [u8; 3]) -> f64 {
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// 1 for the same to 21 for black on white.
pub(crate) fn ratio(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    a.max(b) / a.min(b)
}

/// A background is light where black can be read better on it than white.
pub(crate) fn ground(background: [u8; 3]) -> Ground {
    if ratio(background, [0; 3]) > ratio(background, [255; 3]) { Ground::Light } else { Ground::Dark }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_the_standard_come_out() {
        assert!((ratio([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
        assert!((ratio([7; 3], [7; 3]) - 1.0).abs() < 1e-9);
        // the darkest grey that passes 4.5 on white, as the standard's test tools tell
        assert!(ratio([0x76; 3], [255; 3]) > 4.5 && ratio([0x77; 3], [255; 3]) < 4.5);
        let (a, b) = ([1, 2, 3], [200, 100, 0]);
        assert!((ratio(a, b) - ratio(b, a)).abs() < 1e-9);
    }

    #[test]
    fn a_background_is_light_or_dark() {
        for (background, expected) in [
            ([0, 0, 0], Ground::Dark),
            ([0x00, 0x2b, 0x36], Ground::Dark),
            ([0xfd, 0xf6, 0xe3], Ground::Light),
            ([255, 255, 255], Ground::Light),
        ] {
            assert_eq!(ground(background), expected, "{background:?}");
        }
    }
}
