//! All that a template can see: its folder's files, the fonts, the day, and the sheets as values. No network, no other
//! file, no clock.

use super::fonts::Fonts;
use super::template::Templates;
use super::{PaperError, PaperKind};
use std::collections::HashMap;
use std::path::PathBuf;
use tegata_certificate::Date;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Dict, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};

/// The world of one print file.
pub(super) struct PageWorld {
    library: LazyHash<Library>,
    fonts: Fonts,
    files: Templates,
    main: FileId,
    sources: HashMap<FileId, Source>,
    today: Date,
}

impl PageWorld {
    /// A world in which these values are `sys.inputs`.
    pub(super) fn new(
        templates: &Templates,
        fonts: &Fonts,
        kind: PaperKind,
        inputs: Dict,
        today: Date,
    ) -> Result<Self, PaperError> {
        let mut sources = HashMap::new();
        for (path, bytes) in templates.files.iter().filter(|(path, _)| path.ends_with(".typ")) {
            let text = bytes.as_str().map_err(|_| PaperError::Compile(format!("{path} is not UTF-8")))?;
            let id = id_of(path)?;
            sources.insert(id, Source::new(id, text.to_owned()));
        }
        Ok(Self {
            library: LazyHash::new(Library::builder().with_inputs(inputs).build()),
            fonts: fonts.clone(),
            files: templates.clone(),
            main: id_of(kind.main_file())?,
            sources,
            today,
        })
    }

    /// What is wrong, with file and line. Messages of the compiler name what a template does, not what it is given.
    pub(super) fn told(&self, problems: &[SourceDiagnostic]) -> String {
        let told: Vec<String> = problems.iter().take(5).map(|problem| self.tell(problem)).collect();
        told.join("; ")
    }

    fn tell(&self, problem: &SourceDiagnostic) -> String {
        let place = problem.span.id().map(|id| {
            let line =
                self.range(problem.span).and_then(|range| self.sources.get(&id)?.lines().byte_to_line(range.start));
            let path = id.vpath().get_without_slash();
            line.map_or_else(|| format!("{path}: "), |line| format!("{path}:{}: ", line + 1))
        });
        format!("{}{}", place.unwrap_or_default(), problem.message)
    }
}

fn id_of(path: &str) -> Result<FileId, PaperError> {
    let path = VirtualPath::new(path).map_err(|_| PaperError::Compile(format!("{path} is no name of a file")))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for PageWorld {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.get(&id).cloned().ok_or_else(|| missing(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        // Packages would come from the network: there are none.
        let own = *id.root() == VirtualRoot::Project;
        let file = self.files.files.get(id.vpath().get_without_slash()).filter(|_| own);
        file.cloned().ok_or_else(|| missing(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        datetime(self.today)
    }
}

fn missing(id: FileId) -> FileError {
    match id.root() {
        VirtualRoot::Project => FileError::NotFound(PathBuf::from(id.vpath().get_without_slash())),
        VirtualRoot::Package(_) => {
            FileError::Other(Some("templates have no packages: copy the file beside them".into()))
        }
    }
}

/// A day as templates have it.
pub(super) fn datetime(day: Date) -> Option<Datetime> {
    let (year, month, day) = day.ymd();
    Datetime::from_ymd(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
}
