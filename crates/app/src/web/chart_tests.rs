use super::*;

fn day() -> Vec<Bar> {
    let counts = [(38, 6), (121, 44), (148, 97), (96, 102)];
    let bar = |(at, (entries, exits))| Bar {
        label: format!("{:02}", at + 5),
        entries,
        exits,
        now: at == 3,
    };
    counts.into_iter().enumerate().map(bar).collect()
}

#[test]
fn bars_share_one_scale_and_one_zero() {
    let bars = day();
    let scale = Scale::over(&bars);
    assert_eq!(scale.ticks().collect::<Vec<_>>(), [100, 50, -50, -100]);
    assert!((scale.tall(148) + scale.tall(102) - HEIGHT).abs() < 0.01);
    assert!((scale.y(0) - scale.zero()).abs() < 0.01);
}

#[test]
fn every_number_stands_in_the_table() {
    let markup = bars(Locale::Vi, "Theo giờ", "chart.hour", &day());
    for part in [
        "<td>148</td>",
        "<td>102</td>",
        "class=\"is-now\">08<",
        "Xem bảng số",
    ] {
        assert!(markup.contains(part), "{part}");
    }
    assert!(!markup.contains("style="));
}

#[test]
fn labels_cannot_carry_markup() {
    let bar = Bar {
        label: "<b>".into(),
        entries: 0,
        exits: 0,
        now: false,
    };
    let markup = bars(Locale::En, "a < b", "chart.day", &[bar]);
    assert!(!markup.contains("<b>") && !markup.contains("a < b"));
}

#[test]
fn nothing_to_draw_is_drawn() {
    assert!(bars(Locale::Vi, "", "chart.day", &[]).contains("<figure"));
}

#[test]
fn steps_are_round() {
    let steps = [1.0, 9.0, 148.0, 1284.0, 12_000.0].map(step);
    assert_eq!(steps, [1, 2, 50, 500, 2000]);
}
