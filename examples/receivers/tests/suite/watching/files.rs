//! The dashboard and the alert rules name nothing but what the programs expose, and the README has each alert.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use moneyhub_webhooks::testing::TestIssuer;
use serde_json::Value;

use super::{AXUM, QUEUE, environment, post_a_mix, start, with_redis};
use crate::harness::redis_server::{self, RedisServer};

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name)
}

/// Each expression of the dashboard.
fn expressions_of_the_dashboard() -> Vec<String> {
    fn collect(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(expression) if name == "expr" => {
                            into.push(expression.clone())
                        }
                        value => collect(value, into),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, into)),
            _ => {}
        }
    }
    let mut expressions = Vec::new();
    collect(
        &serde_json::from_str(&file("watch/dashboard.json")).unwrap(),
        &mut expressions,
    );
    expressions
}

/// The metrics in an expression, each with the labels of its selector and their values as they are written.
fn selectors(expression: &str) -> Vec<(&str, Vec<(&str, &str)>)> {
    let starts = expression
        .match_indices("moneyhub_")
        .map(|(start, _)| start);
    starts
        .map(|start| {
            let rest = &expression[start..];
            let end = rest
                .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
                .unwrap_or(rest.len());
            let (name, rest) = rest.split_at(end);
            let inside = rest
                .strip_prefix('{')
                .and_then(|rest| rest.split_once('}'))
                .map_or("", |it| it.0);
            let labels = inside
                .split(',')
                .filter(|it| !it.is_empty())
                .map(|matcher| {
                    let end = matcher.find(['=', '!']).expect("a matcher");
                    (
                        matcher[..end].trim(),
                        matcher[end..]
                            .trim_start_matches(['=', '!', '~'])
                            .trim_matches('"'),
                    )
                });
            (name, labels.collect())
        })
        .collect()
}

/// What is grouped by.
fn groupings(expression: &str) -> BTreeSet<&str> {
    let lists = ["by (", "on ("]
        .into_iter()
        .flat_map(|word| expression.split(word).skip(1));
    lists
        .flat_map(|rest| rest.split(')').next().unwrap().split(','))
        .map(str::trim)
        .collect()
}

/// Each metric that is exposed, with the values of each of its labels.
fn exposed(text: &str) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let mut metrics: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let series = line.rsplit_once(' ').unwrap().0;
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let metric = metrics.entry(name.to_owned()).or_default();
        for label in labels
            .trim_end_matches('}')
            .split(',')
            .filter(|label| !label.is_empty())
        {
            let (name, value) = label.split_once('=').unwrap();
            metric
                .entry(name.to_owned())
                .or_default()
                .insert(value.trim_matches('"').to_owned());
        }
    }
    metrics
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_and_the_alerts_name_nothing_but_what_is_exposed() {
    if !redis_server::is_installed() {
        return;
    }
    let issuer = TestIssuer::new();
    let redis = RedisServer::start().await.unwrap();
    let environment = environment(&issuer).await;
    let mut text = String::new();
    for (program, environment) in [
        (AXUM, environment.clone()),
        (QUEUE, with_redis(environment, &redis, "files")),
    ] {
        let watched = start(program, &environment).await;
        post_a_mix(&watched, &issuer).await;
        text += &watched.metrics().await;
    }
    let exposed = exposed(&text);

    let mut expressions = expressions_of_the_dashboard();
    assert!(expressions.len() >= 12, "{}", expressions.len());
    expressions.push(file("watch/alerts.yml"));
    let mut used = BTreeSet::new();
    for expression in &expressions {
        let mut labels = BTreeSet::from(["job", "instance"]);
        for (name, matchers) in selectors(expression) {
            let metric = exposed
                .get(name)
                .unwrap_or_else(|| panic!("{name} is not exposed"));
            used.insert(name);
            labels.extend(metric.keys().map(String::as_str));
            for (label, values) in matchers {
                if ["job", "instance"].contains(&label) {
                    continue;
                }
                let known = metric
                    .get(label)
                    .unwrap_or_else(|| panic!("{name} has no {label}"));
                for value in values.split('|') {
                    let is_known =
                        known.contains(value) || (value == "5.." && known.contains("503"));
                    assert!(is_known, "{name}: {label}={value}");
                }
            }
        }
        for label in groupings(expression) {
            assert!(labels.contains(label), "{label} in {expression}");
        }
    }
    // And each metric is looked at somewhere.
    let of_histograms = |name: &&String| name.ends_with("_sum") || name.ends_with("_count");
    for name in exposed.keys().filter(|name| !of_histograms(name)) {
        assert!(
            used.contains(name.as_str()),
            "{name} is neither on the dashboard nor in an alert"
        );
    }
}

#[test]
fn the_readme_says_of_each_alert_what_to_do() {
    let (alerts, readme) = (file("watch/alerts.yml"), file("README.md"));
    let names: Vec<_> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    assert_eq!(names.len(), 10);
    let tests = file("watch/alerts.test.yml");
    for name in names {
        assert_eq!(
            readme.matches(&format!("| `{name}` |")).count(),
            1,
            "{name}"
        );
        // In the file of tests there is one that fires, and one that does not.
        assert!(
            tests.contains(&format!("alertname: {name}\n")),
            "{name} fires in no test"
        );
        assert!(
            tests.contains(&format!("alertname: {name} }}")),
            "{name} is silent in no test"
        );
    }
}
