//! splunk-hec
