//! The table from `/proc/net/tcp` and `/proc/net/tcp6`, see `proc_net(5)`.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Listener;

/// Every listening TCP socket, IPv4 first. A kernel without IPv6 has no `tcp6`.
pub(super) fn listeners() -> io::Result<Vec<Listener>> {
    let mut found = Vec::new();
    read("/proc/net/tcp", &mut found)?;
    match read("/proc/net/tcp6", &mut found) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(found),
    }
}

fn read(path: &str, found: &mut Vec<Listener>) -> io::Result<()> {
    for line in BufReader::new(File::open(path)?).lines() {
        found.extend(parse(&line?));
    }
    Ok(())
}

/// `sl local remote state queues timer retransmits uid timeout inode …`; `None` for what does not listen.
fn parse(line: &str) -> Option<Listener> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [_, local, _, "0A", _, _, _, uid, _, inode, ..] = fields[..] else { return None };
    let (address, port) = local.split_once(':')?;
    Some(Listener {
        port: u16::from_str_radix(port, 16).ok()?,
        address: parse_address(address)?,
        inode: inode.parse().ok()?,
        uid: uid.parse().ok()?,
    })
}

/// Each group of eight digits is 32 bits as they lie in memory.
fn parse_address(digits: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let group = digits.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(group, 16).ok()?.to_ne_bytes())
    };
    match digits.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut bytes = [0; 16];
            for (at, chunk) in bytes.chunks_exact_mut(4).enumerate() {
                chunk.copy_from_slice(&word(at)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(bytes)))
        }
        _ => None,
    }
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_of_listening_sockets_are_taken() {
        let v4 = "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000000000000000 100 0 0 10 0";
        let expected = Listener { port: 3000, address: Ipv4Addr::LOCALHOST.into(), inode: 12345, uid: 1000 };
        assert_eq!(parse(v4), Some(expected));
        let v6 = v4
            .replace("0100007F", "00000000000000000000000001000000")
            .replace("00000000:0000", "00000000000000000000000000000000:0000");
        assert_eq!(parse(&v6).unwrap().address, IpAddr::from(Ipv6Addr::LOCALHOST));
        for bad in [
            "",
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            &v4.replace(" 0A ", " 01 "),
            &v4.replace(" 0A ", " 06 "),
            &v4.replace("0100007F", "0100007"),
            &v4.replace("0BB8", "10000"),
            &v4[..80],
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
