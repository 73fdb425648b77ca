use crate::report::Figures;
use anyhow::Result;
use builder::{Site, key_of, synthetic};
use cpu_time::ProcessTime;
use render::Renderer;
use suite::goods;

pub(crate) const ABOUT: &str =
    "All pages of a made-up catalogue, with one core. The budget is four times what Hugo 0.168 does with such a catalogue.";

/// Pages per CPU second of a full build, in memory and into files.
pub(crate) fn measure(figures: &mut Figures, products: usize) -> Result<()> {
    let info = web::site_info(&goods::settings(), "https://shop.example");
    let snapshot = synthetic::catalogue(products, info.currency);
    let renderer = Renderer::new()?;
    for (how, budget, folder) in [("in memory", "", None), ("into files", "11,600", Some(tempfile::tempdir()?))] {
        let start = ProcessTime::now();
        let site = Site::new(&snapshot, &info, &renderer);
        let mut pages = 0_u32;
        for page in site.pages() {
            let Some(object) = site.render(&page)? else { continue };
            pages += 1;
            if let Some(folder) = &folder {
                let path = folder.path().join(key_of(&object.path));
                std::fs::create_dir_all(path.parent().expect("a folder"))?;
                std::fs::write(path, &object.body)?;
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        let what = format!("full build, {products} products, {pages} pages, {how}");
        figures.add(&what, &format!("{:.0} pages per CPU second", f64::from(pages) / seconds), budget);
    }
    Ok(())
}
