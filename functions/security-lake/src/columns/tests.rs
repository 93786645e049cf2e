use serde_json::Value;

use super::*;

fn leaves(kind: &DataType) -> usize {
    match kind {
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field.data_type())).sum(),
        DataType::List(item) => leaves(item.data_type()),
        _ => 1,
    }
}

#[test]
fn every_class_that_is_written_has_its_columns() {
    let counted: Vec<(u16, &str, usize)> = classes()
        .unwrap()
        .iter()
        .map(|class| {
            let fields = class.schema.fields();
            let leaves = fields.iter().map(|field| leaves(field.data_type())).sum();
            (class.uid, class.event_class, leaves)
        })
        .collect();
    let expected = [
        (1008, "EVENT_LOG_ACTIVITY", 140),
        (2003, "COMPLIANCE_FINDING", 161),
        (2004, "DETECTION_FINDING", 235),
        (3001, "ACCOUNT_CHANGE", 161),
        (3002, "AUTHENTICATION", 179),
        (3003, "AUTHORIZE_SESSION", 166),
        (3004, "ENTITY_MANAGEMENT", 185),
        (3005, "USER_ACCESS", 157),
        (6002, "APPLICATION_LIFECYCLE", 115),
        (6003, "API_ACTIVITY", 150),
    ];
    assert_eq!(counted, expected);
}

#[test]
fn what_all_classes_share_is_the_same_in_all() {
    for class in classes().unwrap() {
        let schema = &class.schema;
        assert_eq!(schema.field(0), &Field::new("time", DataType::Int64, false));
        let required: Vec<&str> = schema
            .fields()
            .iter()
            .filter(|field| !field.is_nullable())
            .map(|field| field.name().as_str())
            .collect();
        let ids = ["time", "class_uid", "category_uid", "activity_id", "type_uid", "severity_id"];
        assert_eq!(required, ids);
        let time = schema.field_with_name("time_dt").unwrap().data_type();
        assert_eq!(time.to_string(), "Timestamp(ms, \"+00:00\")");
        let unmapped = schema.field_with_name("unmapped").unwrap().data_type();
        assert!(matches!(unmapped, DataType::Map(..)), "{unmapped}");
        assert_eq!(schema.fields().last().unwrap().name(), "raw_data");
    }
}

#[test]
fn the_columns_are_those_of_the_mapping() {
    let Ok(text) = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/ocsf/parquet-columns.json"
    )) else {
        return; // only where the mapping is beside the repository
    };
    let mapping: Value = serde_json::from_str(&text).unwrap();
    let mapped = mapping["classes"].as_object().unwrap();
    let classes = classes().unwrap();
    assert_eq!(classes.len(), mapped.len());
    for class in classes {
        let wanted = &mapped[&class.uid.to_string()];
        assert_eq!(wanted["security_lake_event_class"], class.event_class);
        let wanted = wanted["columns"].as_array().unwrap();
        assert_eq!(class.schema.fields().len(), wanted.len());
        for (field, wanted) in class.schema.fields().iter().zip(wanted) {
            assert_eq!(wanted["nullable"], field.is_nullable(), "{}", field.name());
            compare(field, wanted);
        }
    }
}

fn compare(field: &Field, wanted: &Value) {
    assert_eq!(wanted["name"], field.name().as_str());
    assert_eq!(is_json(field), wanted["ocsf"] == "json_t", "{}", field.name());
    let (kind, members) = match field.data_type() {
        DataType::List(item) => match item.data_type() {
            DataType::Struct(members) => ("List(Struct)", Some(members)),
            DataType::Utf8 => ("List(Utf8)", None),
            other => panic!("{other}"),
        },
        DataType::Struct(members) => ("Struct", Some(members)),
        DataType::Map(..) => ("Map(Utf8, Utf8)", None),
        DataType::Timestamp(TimeUnit::Millisecond, Some(zone)) if &**zone == "+00:00" => {
            ("Timestamp(Millisecond, \"+00:00\")", None)
        }
        DataType::Utf8 => ("Utf8", None),
        DataType::Int32 => ("Int32", None),
        DataType::Int64 => ("Int64", None),
        DataType::Boolean => ("Boolean", None),
        other => panic!("{other}"),
    };
    assert_eq!(wanted["arrow"], kind, "{}", field.name());
    let wanted = wanted.get("fields").and_then(Value::as_array);
    assert_eq!(members.map(|members| members.len()), wanted.map(Vec::len), "{}", field.name());
    for (field, wanted) in members.into_iter().flatten().zip(wanted.into_iter().flatten()) {
        compare(field, wanted);
    }
}

#[test]
fn a_line_that_is_no_column_is_named() {
    assert_eq!(parse("[first]\ntime bigint\nx decimal\n[1 A]\n[last]\n").unwrap_err(), "x decimal");
    assert_eq!(parse("time bigint\n").unwrap_err(), "time bigint");
    assert_eq!(parse("[first]\nx struct<a:int\n[last]\n").unwrap_err(), "x struct<a:int");
}
