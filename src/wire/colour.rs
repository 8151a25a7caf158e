//! Colours as people write them, and whether one can be read on another: the contrast of WCAG 2.2, in whole
//! numbers, so that every machine comes to the same answer.

use std::fmt;

/// A colour of the screen: red, green and blue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Colour([u8; 3]);

/// How much of the light each step of a channel is, in ten millionths: WCAG's curve, worked out once because
/// it has a power that whole numbers cannot compute.
#[rustfmt::skip]
const LIGHT: [u64; 256] = [
    0, 3035, 6071, 9106, 12141, 15176, 18212, 21247, 24282, 27317, 30353, 33465, 36765, 40247,
    43914, 47770, 51815, 56054, 60488, 65121, 69954, 74990, 80232, 85681, 91341, 97212, 103_298,
    109_601, 116_122, 122_865, 129_830, 137_021, 144_438, 152_085, 159_963, 168_074, 176_420,
    185_002, 193_824, 202_886, 212_190, 221_739, 231_534, 241_576, 251_869, 262_412, 273_209,
    284_260, 295_568, 307_134, 318_960, 331_048, 343_398, 356_013, 368_895, 382_044, 395_462,
    409_152, 423_114, 437_350, 451_862, 466_651, 481_718, 497_066, 512_695, 528_606, 544_803,
    561_285, 578_054, 595_112, 612_461, 630_100, 648_033, 666_259, 684_782, 703_601, 722_719,
    742_136, 761_854, 781_874, 802_198, 822_827, 843_762, 865_005, 886_556, 908_417, 930_590,
    953_075, 975_873, 998_987, 1_022_417, 1_046_165, 1_070_231, 1_094_617, 1_119_324, 1_144_354,
    1_169_707, 1_195_384, 1_221_388, 1_247_718, 1_274_377, 1_301_365, 1_328_683, 1_356_333,
    1_384_316, 1_412_633, 1_441_285, 1_470_273, 1_499_598, 1_529_262, 1_559_265, 1_589_608,
    1_620_294, 1_651_322, 1_682_694, 1_714_411, 1_746_474, 1_778_884, 1_811_642, 1_844_750,
    1_878_208, 1_912_017, 1_946_178, 1_980_693, 2_015_563, 2_050_787, 2_086_369, 2_122_308,
    2_158_605, 2_195_262, 2_232_280, 2_269_659, 2_307_400, 2_345_506, 2_383_976, 2_422_811,
    2_462_013, 2_501_583, 2_541_521, 2_581_829, 2_622_507, 2_663_556, 2_704_978, 2_746_773,
    2_788_943, 2_831_487, 2_874_408, 2_917_706, 2_961_383, 3_005_438, 3_049_873, 3_094_689,
    3_139_887, 3_185_468, 3_231_432, 3_277_781, 3_324_515, 3_371_636, 3_419_144, 3_467_041,
    3_515_326, 3_564_001, 3_613_068, 3_662_526, 3_712_377, 3_762_621, 3_813_260, 3_864_294,
    3_915_725, 3_967_552, 4_019_778, 4_072_402, 4_125_426, 4_178_851, 4_232_677, 4_286_905,
    4_341_536, 4_396_572, 4_452_012, 4_507_858, 4_564_110, 4_620_770, 4_677_838, 4_735_315,
    4_793_202, 4_851_499, 4_910_208, 4_969_330, 5_028_865, 5_088_813, 5_149_177, 5_209_956,
    5_271_151, 5_332_764, 5_394_795, 5_457_245, 5_520_114, 5_583_404, 5_647_115, 5_711_248,
    5_775_804, 5_840_784, 5_906_188, 5_972_018, 6_038_273, 6_104_956, 6_172_066, 6_239_604,
    6_307_571, 6_375_969, 6_444_797, 6_514_056, 6_583_748, 6_653_873, 6_724_432, 6_795_425,
    6_866_853, 6_938_718, 7_011_019, 7_083_758, 7_156_935, 7_230_551, 7_304_607, 7_379_104,
    7_454_042, 7_529_422, 7_605_245, 7_681_511, 7_758_222, 7_835_378, 7_912_979, 7_991_027,
    8_069_523, 8_148_466, 8_227_858, 8_307_699, 8_387_990, 8_468_732, 8_549_926, 8_631_572,
    8_713_671, 8_796_224, 8_879_231, 8_962_694, 9_046_612, 9_130_987, 9_215_819, 9_301_109,
    9_386_857, 9_473_065, 9_559_734, 9_646_862, 9_734_453, 9_822_506, 9_911_021, 10_000_000,
];

/// What WCAG adds to both sides for the light of the room.
const ROOM: u64 = 500_000;

impl Colour {
    pub const WHITE: Self = Self([255; 3]);
    pub const BLACK: Self = Self([0; 3]);

    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// `#rrggbb`. Nothing else is one, so that what is stored can stand in a style sheet as it is.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        // Looked at first, because a number may also have a sign.
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// In ten millionths of white.
    fn luminance(self) -> u64 {
        let [red, green, blue] = self.0.map(|channel| {
            let light = LIGHT.get(usize::from(channel));
            light.copied().unwrap_or_default()
        });
        (red * 2_126 + green * 7_152 + blue * 722) / 10_000
    }

    /// How well one is read on the other, in hundredths: from 100 to 2,100. Rounded down, so that 4.499 is not
    /// told to be 4.5.
    #[must_use]
    pub fn contrast(self, other: Self) -> u64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + ROOM) * 100 / (one.min(other) + ROOM)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([red, green, blue]) = self;
        write!(out, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Colour {
        Colour::parse(text).expect(text)
    }

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        assert_eq!(of("#7A2e8E").to_string(), "#7a2e8e");
        for bad in [
            "",
            "#",
            "#fff",
            "7a2e8e",
            "#7a2e8g",
            "#+7a2e8",
            "#7a2e8e0",
            "red",
            "#7a2e8e;",
            "url(x)",
            "#\u{0661}\u{0661}\u{0661}",
        ] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
    }

    /// Figures of others: the examples of WCAG and of its checkers.
    #[test]
    fn contrast_is_that_of_wcag() {
        for (one, other, hundredths) in [
            ("#000000", "#ffffff", 2_100),
            ("#ffffff", "#ffffff", 100),
            ("#767676", "#ffffff", 454),
            ("#777777", "#ffffff", 447),
            ("#0000ff", "#ffffff", 859),
            ("#ff0000", "#ffffff", 399),
            ("#00ff00", "#000000", 1_530),
            ("#595959", "#ffffff", 700),
        ] {
            assert_eq!(of(one).contrast(of(other)), hundredths, "{one} on {other}");
            assert_eq!(of(other).contrast(of(one)), hundredths, "in either order");
        }
    }
}
