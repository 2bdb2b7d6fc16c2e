//! Camera data as a camera writes it: maker, model and, with it, where the photographer stood.
//!
//! Layout after the Exif 2.32 standard (CIPA DC-008): a TIFF file, big-endian, in an APP1 segment.

const ASCII: u16 = 2;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
const BYTE: u16 = 1;

const GPS_POINTER: u16 = 0x8825;

/// The body of an APP1 segment with `make`, `model` and the position in degrees.
pub(crate) fn segment(make: &str, model: &str, latitude: f64, longitude: f64) -> Vec<u8> {
    let gps = |offset| {
        directory(
            offset,
            &[
                (0, BYTE, 4, vec![2, 3, 0, 0]),
                (1, ASCII, 2, reference(latitude, "N", "S")),
                (2, RATIONAL, 3, degrees(latitude)),
                (3, ASCII, 2, reference(longitude, "E", "W")),
                (4, RATIONAL, 3, degrees(longitude)),
            ],
        )
    };
    let main = |gps_offset: u32| {
        let (make, model) = (text(make), text(model));
        let entries = [
            (0x010f, ASCII, make.len() as u32, make),
            (0x0110, ASCII, model.len() as u32, model),
            (GPS_POINTER, LONG, 1, gps_offset.to_be_bytes().to_vec()),
        ];
        directory(TIFF_HEADER, &entries)
    };
    // The first directory's length does not depend on the pointer in it.
    let gps_offset = TIFF_HEADER + main(0).len() as u32;
    let mut bytes = b"Exif\0\0MM\0\x2a\0\0\0\x08".to_vec();
    bytes.extend(main(gps_offset));
    bytes.extend(gps(gps_offset));
    bytes
}

/// Bytes before the first directory, counted as TIFF offsets are: from the byte order mark.
const TIFF_HEADER: u32 = 8;

/// One directory at `offset`: entries first, then the values that do not fit into an entry.
fn directory(offset: u32, entries: &[(u16, u16, u32, Vec<u8>)]) -> Vec<u8> {
    let mut table = (entries.len() as u16).to_be_bytes().to_vec();
    let mut values: Vec<u8> = Vec::new();
    let values_at = offset + 2 + 12 * entries.len() as u32 + 4;
    for (tag, kind, count, value) in entries {
        table.extend(tag.to_be_bytes());
        table.extend(kind.to_be_bytes());
        table.extend(count.to_be_bytes());
        if value.len() <= 4 {
            let mut inline = value.clone();
            inline.resize(4, 0);
            table.extend(inline);
        } else {
            table.extend((values_at + values.len() as u32).to_be_bytes());
            values.extend(value);
        }
    }
    table.extend([0; 4]);
    table.extend(values);
    table
}

fn text(value: &str) -> Vec<u8> {
    let mut bytes = value.as_bytes().to_vec();
    bytes.push(0);
    bytes
}

fn reference(degrees: f64, positive: &str, negative: &str) -> Vec<u8> {
    text(if degrees < 0.0 { negative } else { positive })
}

/// Degrees, minutes and seconds as three fractions.
fn degrees(value: f64) -> Vec<u8> {
    let value = value.abs();
    let minutes = value.fract() * 60.0;
    let seconds = (minutes.fract() * 60.0 * 100.0).round() as u32;
    [(value as u32, 1), (minutes as u32, 1), (seconds, 100)]
        .iter()
        .flat_map(|(above, below): &(u32, u32)| [above.to_be_bytes(), below.to_be_bytes()].concat())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_follows_the_make() {
        let bytes = segment("Fujinon", "X-7", 59.91, -10.75);
        assert!(bytes.starts_with(b"Exif\0\0MM"));
        assert!(bytes.windows(8).any(|window| window == b"Fujinon\0"));
        let degrees = [59_u32.to_be_bytes(), 1_u32.to_be_bytes()].concat();
        assert!(bytes.windows(8).any(|window| window == degrees));
        assert!(bytes.windows(2).any(|window| window == b"W\0"));
    }
}
