//! The wide export of the Vaccination Record System: the doses of one person a row, without the person.

use super::ImportError;
use super::cells::Cells;
use super::doses::{DoseColumns, DoseReader};
use super::excerpt;
use super::headings::{Field, Headings, is_ours};
use super::mapping::DoseSlot;
use super::rows::{Late, Layout, Opened, Sender, read};
use super::table::{Next, Row, Table};
use crate::check::series::{Judgement, judge};
use crate::check::{Column, Level};
use crate::record::RegisterNumber;
use crate::register::{Doses, Entry, PackedDose, PersonPart, Vocabulary};
use std::sync::Arc;
use tegata_certificate::Date;

/// Reads the wide export to its end, or until nobody listens. It may lack a heading row.
pub(crate) fn read_wide(
    mut table: Table,
    today: Date,
    words: Vocabulary,
    import: u64,
    to: &Sender,
) -> Result<(), ImportError> {
    const CELLS: [&str; WIDE] =
        ["登録日時", "接種日", "券番号", "自治体コード", "会場名", "医師名", "メーカー", "ロット"];
    let encoding = table.encoding;
    let (headings, width, first) = match table.next()? {
        Next::End => return Err(ImportError::Empty { file: table.name }),
        Next::TooLong(_) => (None, 0, None),
        Next::Row(row) => {
            let headings = Headings::read(row, encoding);
            let has_headings = is_wide_heading(&headings);
            let copy =
                (!has_headings).then(|| (row.line, (0..row.len()).map(|at| row.raw(at).to_vec()).collect::<Vec<_>>()));
            (has_headings.then_some(headings), row.len(), copy)
        }
    };
    let slots = width.saturating_sub(1) / WIDE;
    if slots == 0 {
        return Err(ImportError::NotWide { file: table.name });
    }
    let columns: Vec<Arc<str>> = match &headings {
        Some(headings) => headings.names.clone(),
        None => std::iter::once(Arc::from("個別宛名番号"))
            .chain((1..=slots).flat_map(|dose| CELLS.map(|cell| Arc::from(format!("{cell}（{dose}回目）").as_str()))))
            .collect(),
    };
    let unused = columns.iter().skip(1 + slots * WIDE).filter(|name| !is_ours(name)).map(ToString::to_string).collect();
    let doses = (0..slots).map(|slot| DoseSlot::at(slot, slot_columns(slot))).collect();
    let columns = columns.into_iter().enumerate().map(|(at, name)| Column { number: at + 1, name }).collect();
    let sample = headings.as_ref().is_some_and(Headings::is_sample);
    let opened = Opened {
        sample,
        encoding,
        people: None,
        columns,
        number: 0,
        dose_column: None,
        doses,
        relay: None,
        unused,
        base: 0,
    };
    let mut layout = Wide { doses: DoseReader::new(words, import), slots, width, row: Vec::new(), refused: Vec::new() };
    read(table, today, to, opened, &mut layout, None, first)
}

/// How many cells a dose has in the wide export.
pub(crate) const WIDE: usize = 8;

/// Whether the first row of a wide export is a heading row.
pub(crate) fn is_wide_heading(headings: &Headings) -> bool {
    headings.place(Field::Number) == Some(0) || headings.names.iter().any(|name| name.contains("接種日"))
}

/// Where the wide export has the dose of a slot, from 0.
fn slot_columns(slot: usize) -> DoseColumns {
    let from = 1 + slot * WIDE;
    DoseColumns {
        record_time: Some(from),
        date: from + 1,
        ticket: Some(from + 2),
        municipality: Some(from + 3),
        site: Some(from + 4),
        doctor: Some(from + 5),
        maker: Some(from + 6),
        product: None,
        label: None,
        lot: Some(from + 7),
    }
}

struct Wide {
    doses: DoseReader,
    slots: usize,
    width: usize,
    row: Vec<PackedDose>,
    /// People whose row was refused since the last batch.
    refused: Vec<RegisterNumber>,
}

impl Layout for Wide {
    fn row(&mut self, cells: &mut Cells, row: Row<'_>, entries: &mut Vec<Entry>) -> bool {
        let number = cells.register_number(0, row.cell(0));
        self.row.clear();
        for slot in 0..self.slots {
            let from = 1 + slot * WIDE;
            if (from..from + WIDE).all(|at| row.cell(at).is_empty()) {
                continue;
            }
            let columns = slot_columns(slot);
            self.row.extend(self.doses.read(cells, row, &columns, u8::try_from(slot + 1).ok()));
        }
        let judgement = if cells.blocked { Judgement::default() } else { judge(None, &self.row, &[], true) };
        for fault in judgement.faults.iter().filter(|fault| fault.code.level() == Level::Block) {
            let at = slot_columns(usize::from(fault.dose).saturating_sub(1)).date;
            cells.report(fault.code, Some(at), row.cell(at), fault.note.clone());
        }
        let (Some(number), false) = (number, cells.blocked) else { return false };
        if !self.row.is_empty() {
            self.row.iter().for_each(|dose| self.doses.taken(dose, &number));
            let doses = Doses::of(row.line, &self.row, judgement.faults, Vec::new());
            entries.push(Entry { number, person: PersonPart::Absent, doses: Some(doses) });
        }
        true
    }

    fn fresh_terms(&mut self) -> Vec<(u32, String)> {
        self.doses.words.take_fresh()
    }

    fn refused(&mut self, cells: &Cells, row: Row<'_>) {
        self.refused.extend(excerpt::number(row, 0, cells.encoding));
    }

    fn late(&mut self) -> Late {
        Late { refused_doses: std::mem::take(&mut self.refused), ..Late::default() }
    }

    fn finish(&mut self) -> std::io::Result<Late> {
        let (findings, lots) = self.doses.finish()?;
        Ok(Late { findings, lots, refused_doses: Vec::new() })
    }

    fn width(&self) -> usize {
        self.width
    }
}
