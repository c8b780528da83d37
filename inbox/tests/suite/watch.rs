//! The alert rules and the dashboard name nothing but what is recorded, and the runbook has each alert.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::metrics::everything;

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Each expression of the dashboard.
fn expressions_of_the_dashboard() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&file("watch/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    targets
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect()
}

/// Each expression of the alert rules.
fn expressions_of_the_alerts() -> Vec<String> {
    let alerts = file("watch/alerts.yml");
    let rules = alerts.split("- alert: ").skip(1);
    let expressions = rules.map(|rule| {
        let (_, rest) = rule.split_once("expr: ").unwrap();
        rest.split("labels: {").next().unwrap().to_owned()
    });
    expressions.collect()
}

/// The metrics in an expression, each with the labels of its selector and their values as they are written.
fn selectors(expression: &str) -> Vec<(&str, Vec<(&str, &str)>)> {
    let is_other = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
    let starts = expression.match_indices("moneyhub_");
    let selectors = starts.map(|(start, _)| {
        let (_, rest) = expression.split_at(start);
        let (name, rest) = rest.split_at(rest.find(is_other).unwrap_or(rest.len()));
        let inside = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let matchers = inside.map_or("", |(inside, _)| inside).split(',');
        let matchers = matchers.filter(|matcher| !matcher.is_empty());
        let labels = matchers.map(|matcher| {
            let (label, value) = matcher.split_at(matcher.find(['=', '!']).unwrap());
            let value = value.trim_start_matches(['=', '!', '~']);
            (label.trim(), value.trim_matches('"'))
        });
        (name, labels.collect())
    });
    selectors.collect()
}

/// What is grouped by.
fn groupings(expression: &str) -> Vec<&str> {
    let lists = expression.split("by (").skip(1);
    let labels = lists.flat_map(|rest| rest.split(')').next().unwrap().split(','));
    labels.map(str::trim).collect()
}

type Labels<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Each metric in a text, with the values of each of its labels.
fn recorded(text: &str) -> BTreeMap<&str, Labels<'_>> {
    let mut metrics: BTreeMap<_, Labels<'_>> = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("moneyhub_")) {
        let (series, _) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let metric = metrics.entry(name).or_default();
        let labels = labels.trim_end_matches('}').split(',');
        for label in labels.filter(|label| !label.is_empty()) {
            let (label, value) = label.split_once('=').unwrap();
            let values = metric.entry(label).or_default();
            values.insert(value.trim_matches('"'));
        }
    }
    metrics
}

#[test]
fn the_dashboard_and_the_alerts_name_nothing_but_what_is_recorded_and_all_of_that() {
    let text = everything();
    let recorded = recorded(&text);
    let mut expressions = expressions_of_the_dashboard();
    assert!(expressions.len() > 25, "{}", expressions.len());
    let alerts = expressions_of_the_alerts();
    assert_eq!(alerts.len(), 14);
    expressions.extend(alerts);

    let mut used = BTreeSet::new();
    for expression in &expressions {
        let mut labels = BTreeSet::from(["job", "instance"]);
        for (name, matchers) in selectors(expression) {
            let metric = recorded.get(name);
            let metric = metric.unwrap_or_else(|| panic!("{name} is not recorded"));
            used.insert(name);
            labels.extend(metric.keys());
            for (label, values) in matchers.into_iter().filter(|(label, _)| *label != "job") {
                let known = metric.get(label);
                let known = known.unwrap_or_else(|| panic!("{name} has no {label}"));
                for value in values.split('|') {
                    assert!(known.contains(value), "{name}: {label}={value}");
                }
            }
        }
        for label in groupings(expression) {
            assert!(labels.contains(label), "{label} in {expression}");
        }
    }
    let is_of_histogram = |name: &str| name.ends_with("_sum") || name.ends_with("_count");
    for name in recorded.keys().filter(|name| !is_of_histogram(name)) {
        assert!(used.contains(name), "{name} is shown nowhere");
    }
}

#[test]
fn each_alert_has_a_section_of_the_runbook_and_tests_in_which_it_fires_and_does_not() {
    let (alerts, runbook) = (file("watch/alerts.yml"), file("src/guide/runbook.rs"));
    let tests = file("watch/alerts.test.yml");
    let sections = runbook
        .lines()
        .filter_map(|line| line.strip_prefix("//! # "));
    let sections: Vec<_> = sections.collect();
    let rules = alerts.split("- alert: ").skip(1);
    let mut names = Vec::new();
    for rule in rules {
        let name = rule.lines().next().unwrap();
        let page = "/latest/moneyhub_webhooks_inbox/guide/runbook/index.html";
        let anchor = format!("{page}#{}\n", name.to_lowercase());
        assert_eq!(rule.matches(&anchor).count(), 1, "{name}");
        let fires = format!("alertname: {name}\n");
        assert!(tests.contains(&fires), "{name} fires in no test");
        let is_silent = format!("alertname: {name} }}");
        assert!(tests.contains(&is_silent), "{name} is silent in no test");
        names.push(name);
    }
    assert_eq!(sections, names);
}
