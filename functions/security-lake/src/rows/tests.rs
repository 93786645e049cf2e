use super::*;
use crate::columns::classes;

const GOOD: &str = r#"{"time":1,"class_uid":6003,"category_uid":6,"activity_id":1,"type_uid":600301,"severity_id":1,"metadata":{"uid":"good"}"#;

/// The lines that fit, by number of rows, and the texts of the refusals.
fn fit(members: &[&str]) -> (Option<RecordBatch>, Vec<Option<String>>) {
    let class = classes().unwrap().into_iter().find(|class| class.uid == 6003).unwrap();
    let mut rows = Rows::new(&class).unwrap();
    let mut lines = Lines::new(Vec::new());
    for members in members {
        lines.text.extend_from_slice(format!("{GOOD}{members}}}").as_bytes());
        lines.close();
    }
    let mut refused = vec![None; members.len()];
    let batch = rows.fit(&lines, &mut refused).unwrap();
    // The decoder works on after a row that it refused.
    lines.text.truncate(0);
    lines.text.extend_from_slice(format!("{GOOD}}}\n").as_bytes());
    assert_eq!(rows.table(&lines.text).unwrap().unwrap().num_rows(), 1);
    (batch, refused.into_iter().map(|reason| reason.map(|reason| reason.text)).collect())
}

fn count(batch: Option<RecordBatch>) -> usize {
    batch.map_or(0, |batch| batch.num_rows())
}

#[test]
fn an_attribute_without_a_column_refuses_its_event_alone_and_is_named() {
    let (batch, refused) = fit(&[
        "",
        r#","actor":{"user":{"name":"u","shoe_size":"CANARY"}}"#,
        r#","resources":[{"uid":"r"},{"uid":"s","colour":"CANARY"}]"#,
        r#","status":"Success""#,
    ]);
    assert_eq!(count(batch), 2);
    assert!(refused[0].is_none() && refused[3].is_none());
    assert!(refused[1].as_ref().unwrap().contains("`actor.user.shoe_size`"), "{refused:?}");
    assert!(refused[2].as_ref().unwrap().contains("`resources.colour`"), "{refused:?}");
    assert!(!format!("{refused:?}").contains("CANARY"));
}

#[test]
fn a_value_of_another_type_refuses_its_event_alone_and_is_not_quoted() {
    let (batch, refused) = fit(&[r#","count":"CANARY""#, "", r#","time_dt":"CANARY""#]);
    assert_eq!(count(batch), 1);
    for place in [0, 2] {
        let text = refused[place].as_ref().unwrap();
        assert!(text.contains("type") && !text.contains("CANARY"), "{text}");
    }
}

#[test]
fn a_missing_required_attribute_is_refused() {
    let class = classes().unwrap().into_iter().find(|class| class.uid == 6003).unwrap();
    let mut rows = Rows::new(&class).unwrap();
    assert!(rows.table(br#"{"time":1}"#).is_err());
}

#[test]
fn json_attributes_become_text() {
    let data = r#","api":{"operation":"x","request":{"uid":"q","data":{"path":["a",1]}}},"resources":[{"uid":"r","data":[true]},{"uid":"s","data":"kept"}]"#;
    let (batch, refused) = fit(&[data, ""]);
    assert_eq!(refused, [None, None]);
    let mut lines = arrow_json::LineDelimitedWriter::new(Vec::new());
    lines.write(&batch.unwrap()).unwrap();
    let text = String::from_utf8(lines.into_inner()).unwrap();
    let row: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(row["api"]["request"]["data"], r#"{"path":["a",1]}"#);
    assert_eq!(row["resources"][0]["data"], "[true]");
    assert_eq!(row["resources"][1]["data"], "kept");
}

#[test]
fn nothing_at_all_gives_no_rows() {
    let (batch, _) = fit(&[]);
    assert_eq!(count(batch), 0);
    let (batch, refused) = fit(&[r#","x":1"#]);
    assert_eq!(count(batch), 0);
    assert!(refused[0].is_some());
}
