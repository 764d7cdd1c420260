//! Whether a folder lies on a file system of another machine.
//!
//! A log there would seem to work: but locks may hold on one machine only,
//! appends of two machines may overwrite each other, and a sync may mean less
//! than it says. The answer comes from the kernel's table of mounts; where there
//! is none, every folder passes for local.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// Types of file systems that several machines mount, or that live in another.
const REMOTE: [&str; 21] = [
    "9p",
    "acfs",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fhgfs",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "orangefs",
    "panfs",
    "pvfs2",
    "smb3",
    "smbfs",
    "vboxsf",
];
/// The same among those that a program serves (`fuse.NAME`).
const REMOTE_SERVED: [&str; 24] = [
    "afp",
    "blobfuse",
    "blobfuse2",
    "ceph-fuse",
    "curlftpfs",
    "davfs",
    "davfs2",
    "gcsfuse",
    "glusterfs",
    "goofys",
    "google-drive-ocamlfuse",
    "hdfs",
    "JuiceFS",
    "juicefs",
    "mfs",
    "mount-s3",
    "mountpoint-s3",
    "ossfs",
    "rclone",
    "s3fs",
    "seaweedfs",
    "smbnetfs",
    "sshfs",
    "webdavfs",
];

/// Refuses a folder on a file system of another machine. It need not exist yet.
pub(super) fn refuse_remote(folder: &Path) -> Result<()> {
    let place = nearest(folder);
    let Ok(metadata) = fs::metadata(&place) else {
        return Ok(());
    };
    let number = metadata.dev();
    if libc::major(number) != 0 {
        // A disk of this machine; what has none gets a number from the kernel.
        return Ok(());
    }
    let Ok(table) = fs::read_to_string("/proc/self/mountinfo") else {
        return Ok(());
    };
    let device = format!("{}:{}", libc::major(number), libc::minor(number));
    match remote_type(&table, &device, &place) {
        None => Ok(()),
        Some(kind) => Err(Error::new(
            ErrorKind::NetworkFileSystem,
            folder.display().to_string(),
            format!(
                "it lies on a {kind} file system, which cannot keep other machines out; use a \
                 local disk, or allow it in the options"
            ),
        )),
    }
}

/// The folder, or the nearest one above it that exists, without links.
fn nearest(folder: &Path) -> PathBuf {
    folder
        .ancestors()
        .find_map(|path| match path.as_os_str().is_empty() {
            true => fs::canonicalize(".").ok(),
            false => fs::canonicalize(path).ok(),
        })
        .unwrap_or_else(|| folder.to_owned())
}

/// The type of the file system of a device, or else of a path, when it is remote.
fn remote_type(table: &str, device: &str, path: &Path) -> Option<String> {
    let mounts = || table.lines().filter_map(Mount::parse);
    // A device may be mounted twice; a mount may be hidden by a later one.
    let by_device = mounts().rfind(|mount| mount.device == device);
    let mount = by_device.or_else(|| {
        mounts()
            .filter(|mount| path.starts_with(&mount.point))
            .max_by_key(|mount| mount.point.as_os_str().len())
    })?;
    mount.is_remote().then(|| mount.kind.to_owned())
}

/// A line of the table, see proc_pid_mountinfo(5).
struct Mount<'t> {
    device: &'t str,
    point: PathBuf,
    kind: &'t str,
    source: &'t str,
}

impl Mount<'_> {
    fn parse(line: &str) -> Option<Mount<'_>> {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ');
        let mut after = after.split(' ');
        Some(Mount {
            device: before.nth(2)?,
            point: PathBuf::from(unescape(before.nth(1)?)),
            kind: after.next()?,
            source: after.next().unwrap_or(""),
        })
    }

    fn is_remote(&self) -> bool {
        let served = self.kind.strip_prefix("fuse");
        match served {
            None => REMOTE.contains(&self.kind),
            Some(name) => {
                let name = name.strip_prefix('.').unwrap_or("");
                // HOST:PATH, //HOST/SHARE, PROTOCOL://…, PROGRAM#…
                let elsewhere = self.source.contains(':')
                    || self.source.starts_with("//")
                    || self.source.contains('#');
                REMOTE_SERVED.contains(&name) || elsewhere
            }
        }
    }
}

/// Spaces and the like stand as a backslash and three octal digits.
fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| byte == b'\\');
        let code = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                out.push(code);
                rest = after.get(3..).unwrap_or(&[]);
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /mnt/nfs rw,relatime shared:9 - nfs4 server:/export rw,vers=4.2
31 22 0:41 / /mnt/win rw - cifs //server/share rw
32 22 0:42 / /mnt/my\\040ssh rw - fuse.sshfs me@server:/home rw,user_id=0
33 22 0:43 / /mnt/served rw - fuse.fuse-overlayfs fuse-overlayfs rw
34 22 0:44 / /mnt/served/deep rw - fuse somebody#elsewhere rw
35 22 0:45 /sub /mnt/btrfs rw - btrfs /dev/vdb rw
36 22 8:1 / /mnt/disk rw - fuseblk /dev/sda1 rw
37 22 0:50 / /mnt/btrfs/nfs rw - nfs server:/x rw
";

    #[test]
    fn file_systems_of_other_machines_are_told_by_device() {
        let of = |device: &str| remote_type(TABLE, device, Path::new("/nowhere"));
        assert_eq!(of("254:0"), None);
        assert_eq!(of("0:40").as_deref(), Some("nfs4"));
        assert_eq!(of("0:41").as_deref(), Some("cifs"));
        assert_eq!(of("0:42").as_deref(), Some("fuse.sshfs"));
        assert_eq!(of("0:43"), None);
        assert_eq!(of("0:44").as_deref(), Some("fuse"));
        assert_eq!(of("8:1"), None);
    }

    #[test]
    fn where_the_device_is_unknown_the_path_tells() {
        let of = |path: &str| remote_type(TABLE, "0:99", Path::new(path));
        assert_eq!(of("/mnt/btrfs/home"), None);
        assert_eq!(of("/mnt/btrfs/nfs/home").as_deref(), Some("nfs"));
        assert_eq!(of("/mnt/my ssh/home").as_deref(), Some("fuse.sshfs"));
        assert_eq!(of("/mnt/nfsx"), None);
        assert_eq!(remote_type("", "0:99", Path::new("/")), None);
        assert_eq!(remote_type("nonsense\n - \n", "0:99", Path::new("/")), None);
    }

    #[test]
    fn a_local_folder_passes_before_it_exists() {
        let home = tempfile::tempdir().unwrap();
        refuse_remote(&home.path().join("not/yet/there")).unwrap();
    }
}
