//! Bech32 (BIP 173) without its bound on length, as age writes keys.

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const CHECKSUM_LETTERS: usize = 6;

/// `prefix` is in lower case.
pub(super) fn encode(prefix: &str, bytes: &[u8]) -> String {
    let (mut data, last) = regrouped(bytes.iter().copied(), 8, 5);
    if let Some((bits, count)) = last {
        data.push(bits << (5 - count));
    }
    let checked = expanded(prefix).chain(data.iter().copied());
    let remainder = remainder(checked.chain([0; CHECKSUM_LETTERS])) ^ 1;
    let checksum = (0..CHECKSUM_LETTERS).map(|at| (remainder >> (5 * (5 - at)) & 31) as u8);
    let letters = data.iter().copied().chain(checksum);
    let letters = letters.map(|value| char::from(ALPHABET[usize::from(value)]));
    format!("{prefix}1{}", letters.collect::<String>())
}

/// The bytes behind `prefix`. `None` for another prefix, a slip of the pen, or mixed case.
pub(super) fn decode(prefix: &str, text: &str) -> Option<Vec<u8>> {
    let lower = text.to_ascii_lowercase();
    if text != lower && text != text.to_ascii_uppercase() {
        return None;
    }
    let letters = lower.strip_prefix(prefix)?.strip_prefix('1')?;
    let value = |letter| ALPHABET.iter().position(|known| *known == letter);
    let values = letters
        .bytes()
        .map(|letter| value(letter).map(|value| value as u8));
    let values = values.collect::<Option<Vec<u8>>>()?;
    if remainder(expanded(prefix).chain(values.iter().copied())) != 1 {
        return None;
    }
    let data = values.len().checked_sub(CHECKSUM_LETTERS)?;
    let (bytes, last) = regrouped(values[..data].iter().copied(), 5, 8);
    // What fills the last letter is less than a letter, and nothing.
    last.is_none_or(|(bits, count)| bits == 0 && count < 5)
        .then_some(bytes)
}

/// The prefix as the checksum covers it.
fn expanded(prefix: &str) -> impl Iterator<Item = u8> {
    let high = prefix.bytes().map(|byte| byte >> 5);
    high.chain([0]).chain(prefix.bytes().map(|byte| byte & 31))
}

fn remainder(values: impl Iterator<Item = u8>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
    values.fold(1, |sum, value| {
        let top = sum >> 25;
        let sum = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
        let bits = GENERATOR.iter().enumerate();
        bits.fold(sum, |sum, (bit, word)| sum ^ (word * (top >> bit & 1)))
    })
}

/// Groups of `from` bits as groups of `to`, and what is left over: its bits, and how many.
fn regrouped(groups: impl Iterator<Item = u8>, from: u32, to: u32) -> (Vec<u8>, Option<(u8, u32)>) {
    let (mut held, mut bits) = (0_u32, 0);
    let mut regrouped = Vec::new();
    for group in groups {
        held = held << from | u32::from(group);
        bits += from;
        while bits >= to {
            bits -= to;
            regrouped.push((held >> bits & ((1 << to) - 1)) as u8);
        }
        held &= (1 << bits) - 1;
    }
    (regrouped, (bits > 0).then_some((held as u8, bits)))
}
