//! Colours of states as eyes see them: with all three kinds of cones, and without one of them.

use super::{COLOUR_BLIND, shipped, text_color};
use crate::tui::theme::contrast::linear;
use crate::tui::theme::{Depth, Theme, Token};

type Matrix = [[f64; 3]; 3];

/// All three kinds of cones.
const TRICHROMAT: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// What is left of linear RGB without one kind of cones: Machado, Oliveira and Fernandes, "A Physiologically-based Model
/// for Simulation of Color Vision Deficiency", IEEE TVCG 15 (2009), severity 1.0.
const PROTANOPE: Matrix = [
    [0.152_286, 1.052_583, -0.204_868],
    [0.114_503, 0.786_281, 0.099_216],
    [-0.003_882, -0.048_116, 1.051_998],
];
const DEUTERANOPE: Matrix = [
    [0.367_322, 0.860_646, -0.227_968],
    [0.280_085, 0.672_501, 0.047_413],
    [-0.011_820, 0.042_940, 0.968_881],
];
const TRITANOPE: Matrix = [
    [1.255_528, -0.076_749, -0.178_779],
    [-0.078_411, 0.930_809, 0.147_602],
    [0.004_733, 0.691_367, 0.303_900],
];

/// Distance in CIELAB from which two colours of thin signs and words are told apart at a glance and each by itself. A
/// difference that can just be seen is 2.3 (Mahy, Van Eycken and Oosterlinck, Color Research & Application 19, 1994),
/// but with both areas large and side by side; a sign of a few pixels, rows away from the next, needs some ten times that.
const APART: f64 = 20.0;
/// The same for states that differ in their signs and words as well, for eyes that see all colours.
const KINDRED: f64 = 10.0;

const STATES: [Token; 5] = [Token::Ok, Token::Pending, Token::Warn, Token::Fail, Token::Off];

/// CIE 1976 L*a*b* of light, with the matrix of sRGB and its white point D65 (IEC 61966-2-1).
fn lab([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let x = (0.412_456 * red + 0.357_576 * green + 0.180_438 * blue) / 0.950_47;
    let y = 0.212_673 * red + 0.715_152 * green + 0.072_175 * blue;
    let z = (0.019_334 * red + 0.119_192 * green + 0.950_304 * blue) / 1.088_83;
    let bend = |t: f64| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
    let [x, y, z] = [x, y, z].map(bend);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn seen(eye: &Matrix, color: [u8; 3]) -> [f64; 3] {
    let light = color.map(linear);
    lab(eye.map(|row| row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0)))
}

/// Euclidean, as CIE 1976 has it.
fn distance(eye: &Matrix, a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (seen(eye, a), seen(eye, b));
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// Pairs of states that are nearer than this.
fn too_near(theme: &Theme, eye: &Matrix, least: f64) -> Vec<String> {
    let mut found = Vec::new();
    for (at, one) in STATES.iter().enumerate() {
        for other in &STATES[..at] {
            let apart = distance(eye, text_color(theme, *one), text_color(theme, *other));
            if apart < least {
                found.push(format!("{one:?} and {other:?}: {apart:.1} and not {least}"));
            }
        }
    }
    found
}

#[test]
fn the_figures_of_the_literature_come_out() {
    let near = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.02);
    // Lindbloom's calculator, D65
    assert!(near(lab([1.0; 3]), [100.0, 0.0, 0.0]));
    assert!(near(seen(&TRICHROMAT, [255, 0, 0]), [53.24, 80.09, 67.20]));
    // grey is grey for every eye
    for eye in [PROTANOPE, DEUTERANOPE, TRITANOPE] {
        assert!(distance(&eye, [128; 3], [128; 3]) == 0.0);
        assert!(near(seen(&eye, [128; 3]), seen(&TRICHROMAT, [128; 3])), "{eye:?}");
    }
    // the red and the green of a traffic light of equal brightness are one for those eyes
    assert!(distance(&TRICHROMAT, [200, 60, 40], [80, 130, 40]) > 60.0);
    assert!(distance(&DEUTERANOPE, [200, 60, 40], [110, 105, 40]) < APART);
}

#[test]
fn states_are_apart_for_colour_blind_eyes_in_the_theme_for_them() {
    for depth in [Depth::Ansi256, Depth::Rgb] {
        let theme = Theme::load(Some(COLOUR_BLIND), depth).unwrap();
        for (word, eye) in [
            ("deuteranope", DEUTERANOPE),
            ("protanope", PROTANOPE),
            ("tritanope", TRITANOPE),
            ("all", TRICHROMAT),
        ] {
            let found = too_near(&theme, &eye, APART);
            assert!(found.is_empty(), "{word}, {depth:?}: {}", found.join("; "));
        }
    }
    let [red, green, blue] = text_color(&Theme::load(Some(COLOUR_BLIND), Depth::Rgb).unwrap(), Token::Ok);
    assert!(blue > green && green > red, "healthy is blue");
}

#[test]
fn well_and_broken_are_apart_in_every_theme() {
    for (name, theme) in shipped(Depth::Rgb).filter(|(_, theme)| theme.ground().is_some()) {
        let apart = distance(&TRICHROMAT, text_color(&theme, Token::Ok), text_color(&theme, Token::Fail));
        assert!(apart >= APART, "{name}: {apart:.1}");
        let found = too_near(&theme, &TRICHROMAT, KINDRED);
        assert!(found.is_empty(), "{name}: {}", found.join("; "));
    }
}
