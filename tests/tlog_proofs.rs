//! Proofs against their definition: RFC 6962 sections 2.1.1 and 2.1.2 written
//! down as they are defined, recursively, for every small tree; and the sizes
//! at the other end of the scale.

use std::ops::Range;

use signet::error::ErrorKind;
use signet::tlog::proof::{
    MAX_PROOF_LEN, Node, prove_consistency, prove_inclusion, prove_subtree_consistency,
    verify_consistency, verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion,
};
use signet::tlog::tree::{Frontier, Hash, MAX_SIZE, TreeHead, leaf_hash, node_hash};

/// All trees up to this size are tried in all ways.
const SMALL: usize = 130;

/// How much to multiply the random part of a test with.
fn torture() -> u64 {
    let factor = std::env::var("SIGNET_TORTURE").ok();
    factor.and_then(|f| f.parse().ok()).unwrap_or(1)
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

/// MTH of RFC 6962 section 2.1.
fn mth(leaves: &[Hash]) -> Hash {
    if let [leaf] = leaves {
        return *leaf;
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    node_hash(&mth(left), &mth(right))
}

fn head(leaves: &[Hash]) -> TreeHead {
    TreeHead {
        size: leaves.len() as u64,
        root: mth(leaves),
    }
}

/// PATH of section 2.1.1.
fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut hashes, last) = if index < k {
        (path(index, left), mth(right))
    } else {
        (path(index - k, right), mth(left))
    };
    hashes.push(last);
    hashes
}

/// SUBPROOF of section 2.1.2, for a range that need not begin at the left.
fn subproof(range: Range<usize>, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if range == (0..leaves.len()) {
        return if known { vec![] } else { vec![mth(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut hashes, last) = if range.end <= k {
        (subproof(range, left, known), mth(right))
    } else if range.start >= k {
        let range = range.start - k..range.end - k;
        (subproof(range, right, known), mth(left))
    } else {
        (subproof(0..range.end - k, right, false), mth(left))
    };
    hashes.push(last);
    hashes
}

/// The root that an inclusion proof stands for, read off the definition.
fn root_of_path(index: u64, size: u64, leaf: Hash, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let Some((last, rest)) = path.split_last() else {
        return (size == 1).then_some(leaf);
    };
    if size == 1 {
        return None;
    }
    let k = split(size as usize) as u64;
    Some(if index < k {
        node_hash(&root_of_path(index, k, leaf, rest)?, last)
    } else {
        node_hash(last, &root_of_path(index - k, size - k, leaf, rest)?)
    })
}

/// The old and the new root that a consistency proof stands for.
fn roots_of_proof(old: u64, new: u64, path: &[Hash], known: Option<Hash>) -> Option<(Hash, Hash)> {
    if old == 0 || old > new {
        return None;
    }
    if old == new {
        return match (known, path) {
            (Some(root), []) => Some((root, root)),
            (None, [root]) => Some((*root, *root)),
            _ => None,
        };
    }
    let (last, rest) = path.split_last()?;
    let k = split(new as usize) as u64;
    Some(if old <= k {
        let (old_root, left) = roots_of_proof(old, k, rest, known)?;
        (old_root, node_hash(&left, last))
    } else {
        let (old_right, right) = roots_of_proof(old - k, new - k, rest, None)?;
        (node_hash(last, &old_right), node_hash(last, &right))
    })
}

/// Perfect subtrees of a tree whose leaves are at hand.
fn nodes(leaves: &[Hash]) -> impl Fn(Node) -> signet::Result<Hash> {
    move |node| {
        let start = (node.index << node.height) as usize;
        Ok(mth(&leaves[start..start + (1 << node.height)]))
    }
}

#[test]
fn every_inclusion_proof_of_every_small_tree() {
    let leaves = leaves(SMALL);
    for size in 1..=SMALL {
        let tree = &leaves[..size];
        let head = head(tree);
        for (index, leaf) in tree.iter().enumerate() {
            let made = prove_inclusion(head.size, index as u64, nodes(tree)).unwrap();
            assert_eq!(made, path(index, tree), "{index} in {size}");
            verify_inclusion(&head, index as u64, leaf, &made).unwrap();
        }
        let beyond = prove_inclusion(head.size, head.size, nodes(tree)).unwrap_err();
        assert_eq!(beyond.kind(), ErrorKind::InvalidArgument);
    }
}

#[test]
fn every_consistency_proof_of_every_small_tree() {
    let leaves = leaves(SMALL);
    let heads: Vec<TreeHead> = (1..=SMALL).map(|size| head(&leaves[..size])).collect();
    for (new, new_head) in (1..).zip(&heads) {
        let tree = &leaves[..new];
        for (old, old_head) in (1..).zip(&heads[..new]) {
            let made = prove_consistency(new_head.size, old_head.size, nodes(tree)).unwrap();
            assert_eq!(made, subproof(0..old, tree, true), "{old} -> {new}");
            verify_consistency(old_head, new_head, &made).unwrap();
        }
        for wrong in [0, new_head.size + 1] {
            let error = prove_consistency(new_head.size, wrong, nodes(tree)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        }
    }
}

#[test]
fn every_subtree_of_every_small_tree() {
    let leaves = leaves(40);
    for size in 1..=leaves.len() {
        let tree = &leaves[..size];
        let head = head(tree);
        for start in 0..=size {
            for end in start..=size {
                let range = start as u64..end as u64;
                let made = prove_subtree_consistency(head.size, &range, nodes(tree));
                if start == end {
                    assert_eq!(made.unwrap(), [[0; 32]; 0]);
                    verify_subtree_consistency(&range, &TreeHead::EMPTY.root, &head, &[]).unwrap();
                    continue;
                }
                let subtree = &leaves[start..end];
                let root = mth(subtree);
                if start % (end - start).next_power_of_two() != 0 {
                    assert_eq!(made.unwrap_err().kind(), ErrorKind::InvalidArgument);
                    let path = subproof(0..end - start, tree, true);
                    assert!(verify_subtree_consistency(&range, &root, &head, &path).is_err());
                    continue;
                }
                let made = made.unwrap();
                assert_eq!(made, subproof(start..end, tree, true));
                verify_subtree_consistency(&range, &root, &head, &made).unwrap();
                for (index, leaf) in subtree.iter().enumerate() {
                    let path = path(index, subtree);
                    let index = (start + index) as u64;
                    verify_subtree_inclusion(&range, &root, index, leaf, &path).unwrap();
                    let other = index + 1;
                    assert!(verify_subtree_inclusion(&range, &root, other, leaf, &path).is_err());
                }
            }
        }
    }
}

/// A Merkle root does not commit to the size of its tree, so some proofs verify
/// under another size too: exactly those of which the definition says so.
#[test]
fn other_indexes_and_sizes_verify_only_where_the_definition_allows_it() {
    let leaves = leaves(20);
    for size in 1..=leaves.len() {
        let tree = &leaves[..size];
        let true_head = head(tree);
        for (index, leaf) in tree.iter().enumerate() {
            let proof = path(index, tree);
            for other_size in 0..40 {
                let head = TreeHead {
                    size: other_size,
                    ..true_head
                };
                for other_index in 0..40 {
                    let defined = root_of_path(other_index, other_size, *leaf, &proof);
                    let verified = verify_inclusion(&head, other_index, leaf, &proof).is_ok();
                    assert_eq!(verified, defined == Some(head.root));
                    let same = (other_index, other_size) == (index as u64, size as u64);
                    assert!(!same || verified);
                    // Within the one tree the index is certain.
                    let certain = other_size == size as u64 && other_index != index as u64;
                    assert!(!certain || !verified);
                }
            }
        }
        for old in 1..=size {
            let old_root = mth(&leaves[..old]);
            let proof = subproof(0..old, tree, true);
            for other_size in 0..40 {
                for other_old in 0..40 {
                    let old_head = TreeHead {
                        size: other_old,
                        root: old_root,
                    };
                    let new_head = TreeHead {
                        size: other_size,
                        ..true_head
                    };
                    let defined = roots_of_proof(other_old, other_size, &proof, Some(old_root));
                    let verified = verify_consistency(&old_head, &new_head, &proof).is_ok();
                    assert_eq!(verified, defined == Some((old_root, true_head.root)));
                }
            }
        }
    }
}

#[test]
fn no_byte_of_an_inclusion_proof_can_be_changed() {
    let leaves = leaves(SMALL);
    for size in [1, 2, 3, 5, 8, 13, 31, 64, 100, SMALL] {
        let tree = &leaves[..size];
        let head = head(tree);
        for (index, leaf) in tree.iter().enumerate() {
            let proof = path(index, tree);
            let index = index as u64;
            let refused = |head: &TreeHead, leaf: &Hash, path: &[Hash]| {
                let error = verify_inclusion(head, index, leaf, path).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ProofInvalid);
            };
            for byte in 0..32 {
                for step in 0..proof.len() {
                    let mut proof = proof.clone();
                    proof[step][byte] ^= 0x10;
                    refused(&head, leaf, &proof);
                }
                let mut other = *leaf;
                other[byte] ^= 0x10;
                refused(&head, &other, &proof);
                let mut other = head;
                other.root[byte] ^= 0x10;
                refused(&other, leaf, &proof);
            }
            for step in 0..proof.len() {
                let mut shorter = proof.clone();
                shorter.remove(step);
                refused(&head, leaf, &shorter);
                let mut longer = proof.clone();
                longer.insert(step, proof[step]);
                refused(&head, leaf, &longer);
            }
            refused(&head, leaf, &[&proof[..], &[head.root]].concat());
            refused(&head, leaf, &[&[head.root], &proof[..]].concat());
        }
    }
}

#[test]
fn no_byte_of_a_consistency_proof_can_be_changed() {
    let leaves = leaves(70);
    for new in [1, 2, 3, 5, 8, 13, 31, 64, 70] {
        let tree = &leaves[..new];
        let new_head = head(tree);
        for old in 1..=new {
            let old_head = head(&leaves[..old]);
            let proof = subproof(0..old, tree, true);
            let refused = |old: &TreeHead, new: &TreeHead, path: &[Hash]| {
                let error = verify_consistency(old, new, path).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ProofInvalid);
            };
            for byte in 0..32 {
                for step in 0..proof.len() {
                    let mut proof = proof.clone();
                    proof[step][byte] ^= 0x04;
                    refused(&old_head, &new_head, &proof);
                }
                let mut other = old_head;
                other.root[byte] ^= 0x04;
                refused(&other, &new_head, &proof);
                let mut other = new_head;
                other.root[byte] ^= 0x04;
                refused(&old_head, &other, &proof);
            }
            for step in 0..proof.len() {
                let mut shorter = proof.clone();
                shorter.remove(step);
                refused(&old_head, &new_head, &shorter);
            }
            refused(
                &old_head,
                &new_head,
                &[&proof[..], &[new_head.root]].concat(),
            );
            refused(
                &old_head,
                &new_head,
                &[&[old_head.root], &proof[..]].concat(),
            );
            if old < new {
                // Backwards, and from nothing.
                refused(&new_head, &old_head, &proof);
                refused(&TreeHead::EMPTY, &new_head, &proof);
                refused(&TreeHead::EMPTY, &new_head, &[]);
            }
        }
    }
}

/// Leaves that are all alike make trees of any size without storing one.
#[test]
fn proofs_in_trees_of_astronomical_size() {
    let mut perfect = vec![leaf_hash(b"same")];
    for height in 0..63 {
        let below = perfect[height];
        perfect.push(node_hash(&below, &below));
    }
    let node = |node: Node| Ok(perfect[node.height as usize]);
    let root = |size: u64| {
        let mut peaks = (0..64).filter(|bit| size >> bit & 1 == 1);
        let lowest = perfect[peaks.next().unwrap()];
        let root = peaks.fold(lowest, |right, bit| node_hash(&perfect[bit], &right));
        if size <= MAX_SIZE {
            let mut frontier = Frontier::new();
            for bit in (0..63).rev().filter(|bit| size >> bit & 1 == 1) {
                frontier.push_subtree(bit, perfect[bit as usize]).unwrap();
            }
            assert_eq!(frontier.head(), TreeHead { size, root });
        }
        root
    };
    let head = |size| TreeHead {
        size,
        root: root(size),
    };
    let mut sizes = vec![
        1,
        2,
        3,
        u64::MAX / 2,
        u64::MAX / 2 + 1,
        u64::MAX - 1,
        u64::MAX,
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..20 * torture() {
        let bits = random() % 64;
        sizes.push((random() >> bits).max(1));
    }
    for &size in &sizes {
        let tree = head(size);
        for index in [0, 1, size / 3, size / 2, size - 1, random() % size] {
            let index = index.min(size - 1);
            let path = prove_inclusion(size, index, node).unwrap();
            assert!(path.len() <= MAX_PROOF_LEN);
            verify_inclusion(&tree, index, &perfect[0], &path).unwrap();
            assert!(verify_inclusion(&tree, size, &perfect[0], &path).is_err());
            if size > 1 {
                assert!(verify_inclusion(&tree, index, &tree.root, &path).is_err());
            }
        }
        for &old in sizes.iter().filter(|&&old| old <= size) {
            let path = prove_consistency(size, old, node).unwrap();
            assert!(path.len() <= MAX_PROOF_LEN + 1);
            verify_consistency(&head(old), &tree, &path).unwrap();
            if old < size {
                assert!(verify_consistency(&tree, &head(old), &path).is_err());
                assert!(verify_consistency(&head(old), &tree, &path[1..]).is_err());
            }
        }
    }
}
