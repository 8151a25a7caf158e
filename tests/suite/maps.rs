//! A sorted list that is a map does what a tree does.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scrip::engine::Map;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_map_is_a_tree(steps in prop::collection::vec((0_u8..6, 0_u8..12, any::<u16>()), 0..60)) {
        let (mut map, mut tree) = (Map::new(), BTreeMap::new());
        for (step, key, value) in steps {
            let key = format!("k{key}");
            match step {
                0 | 1 => prop_assert_eq!(map.insert(key.clone(), value), tree.insert(key, value)),
                2 => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                3 => {
                    map.update(key.clone(), || 7, |own| *own = own.wrapping_add(value));
                    let own = tree.entry(key).or_insert(7);
                    *own = own.wrapping_add(value);
                }
                4 => {
                    map.retain(|_, own| *own > value);
                    tree.retain(|_, own| *own > value);
                }
                _ => {
                    prop_assert_eq!(map.get_mut(&key), tree.get_mut(&key));
                    prop_assert_eq!(map.contains_key(&key), tree.contains_key(&key));
                }
            }
            prop_assert_eq!(map.len(), tree.len());
            prop_assert!(map.iter().eq(tree.iter()));
        }
        let text = serde_json::to_string(&map).expect("text");
        prop_assert_eq!(&text, &serde_json::to_string(&tree).expect("text"));
        prop_assert_eq!(&serde_json::from_str::<Map<String, u16>>(&text).expect("a map"), &map);
        let backwards: Map<String, u16> = tree.into_iter().rev().collect();
        prop_assert_eq!(backwards, map);
    }
}
