//! Room names.

use gantry_accounts::users;
use gantry_kernel::prelude::*;
use gantry_protocol::objects::Room;
use gantry_store::vals;
use regex::Regex;

use super::rows;
use crate::teams;

/// Checks a name for a channel or group and answers the slug under which it is stored.
/// `rid` is the room that is renamed; its own name is not in its way.
/// Upstream: `apps/meteor/app/utils/server/lib/getValidRoomName.ts`.
///
/// # Errors
/// `error-invalid-room-name`, `error-duplicate-channel-name`, `error-archived-duplicate-name`.
pub async fn valid(ctx: &Ctx, tx: &Tx, name: &str, rid: Option<&str>) -> Result<String> {
    let free_form = ctx.settings.get(keys::UI_Allow_room_names_with_special_chars);
    let mut slug = name.to_owned();
    if free_form {
        slug = slugify(name);
        if slug.is_empty() {
            slug = ctx.ids.id();
        }
        if let Some(other) = by_shown_name(tx, name).await?.filter(|other| rid != Some(&other.id)) {
            return Err(taken(&slug, &other));
        }
    }
    if !allowed(ctx, &slug) {
        let shown = escape_html(&slug);
        return Err(Error::new("error-invalid-room-name", format!("{shown} is not a valid room name."))
            .with_details(json!({ "function": "RocketChat.getValidRoomName", "channel_name": shown })));
    }
    let other = rows::by_name(tx, &slug).await?.filter(|other| rid != Some(&other.id));
    match other {
        Some(_) if free_form => next_free(tx, &slug, rid).await,
        Some(other) => Err(taken(&escape_html(&slug), &other)),
        None => Ok(slug),
    }
}

/// Refuses a new room name that people or the system go by.
/// Upstream: `apps/meteor/app/lib/server/functions/checkUsernameAvailability.ts`.
///
/// # Errors
/// `error-blocked-username`, `error-duplicate-handle`.
pub async fn ensure_not_a_handle(ctx: &Ctx, tx: &Tx, slug: &str) -> Result<()> {
    let blocked = ctx.settings.get(keys::Accounts_BlockedUsernameList);
    let listed = blocked.split(',').map(str::trim).filter(|word| !word.is_empty());
    let blocked = listed.chain(["all", "here"]).any(|word| word.eq_ignore_ascii_case(slug));
    if blocked || reserved(ctx, slug) {
        let shown = escape_html(slug);
        return Err(Error::new("error-blocked-username", format!("{shown} is blocked and can't be used!"))
            .with_details(json!({ "method": "checkUsernameAvailability", "field": slug })));
    }
    if users::by_username(tx, slug).await?.is_some() || teams::rows::by_folded_name(tx, slug).await?.is_some()
    {
        return Err(Error::new(
            "error-duplicate-handle",
            format!("A room, team or user with name '{slug}' already exists"),
        )
        .with_details(json!({ "function": "RocketChat.updateRoomName", "handle": slug })));
    }
    Ok(())
}

/// Whether the workspace's pattern admits the slug. A pattern that is no regular expression, or that uses
/// what only JavaScript knows, gives way to the default one, as upstream's does.
fn allowed(ctx: &Ctx, slug: &str) -> bool {
    let pattern = ctx.settings.get(keys::UTF8_Channel_Names_Validation);
    let fits = Regex::new(&format!("^(?:{})$", &*pattern))
        .or_else(|_| Regex::new("^[0-9a-zA-Z-_.]+$"))
        .is_ok_and(|pattern| pattern.is_match(slug));
    fits && !reserved(ctx, slug)
}

fn reserved(ctx: &Ctx, slug: &str) -> bool {
    let reserved = ctx.settings.get(keys::Accounts_SystemBlockedUsernameList);
    reserved.split(',').any(|word| word == slug.to_lowercase())
}

async fn by_shown_name(tx: &Tx, name: &str) -> Result<Option<Room>> {
    let row = tx
        .query_opt(
            "SELECT doc, msgs, users_count, lm, updated_at, last_message FROM rooms WHERE fname = ?1 AND prid IS NULL \
             ORDER BY id LIMIT 1",
            &vals![name],
        )
        .await?;
    row.map(|row| rows::decode(&row, 0)).transpose()
}

async fn next_free(tx: &Tx, slug: &str, rid: Option<&str>) -> Result<String> {
    for number in 1.. {
        let candidate = format!("{slug}-{number}");
        match rows::by_name(tx, &candidate).await? {
            Some(other) if rid != Some(&other.id) => {}
            _ => return Ok(candidate),
        }
    }
    Ok(slug.to_owned())
}

fn taken(shown: &str, other: &Room) -> Error {
    let (code, sentence) = if other.archived.unwrap_or(false) {
        ("error-archived-duplicate-name", format!("There's an archived channel with name {shown}"))
    } else {
        ("error-duplicate-channel-name", format!("A channel with name '{shown}' exists"))
    };
    Error::new(code, sentence)
        .with_details(json!({ "function": "RocketChat.getValidRoomName", "channel_name": shown }))
}

fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            _ => out.push(c),
        }
    }
    out
}

/// The name in letters that fit a URL: accents are dropped, Cyrillic and Greek are spelled in Latin letters,
/// everything else becomes a hyphen.
fn slugify(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        let latin = if c.is_ascii_alphanumeric() || c == '_' || c == '.' { None } else { Some(latin(c)) };
        let piece = latin.map_or_else(|| c.to_string(), str::to_owned);
        if piece.is_empty() {
            gap = true;
            continue;
        }
        if gap && !slug.is_empty() {
            slug.push('-');
        }
        gap = false;
        slug.push_str(&piece);
    }
    slug
}

/// A letter in Latin spelling; empty for what has none.
pub fn latin(c: char) -> &'static str {
    const TABLE: &[(&str, &str)] = &[
        ("àáâãäåāăą", "a"),
        ("ÀÁÂÃÄÅĀĂĄ", "A"),
        ("æ", "ae"),
        ("Æ", "AE"),
        ("çćĉċč", "c"),
        ("ÇĆĈĊČ", "C"),
        ("ďđð", "d"),
        ("ĎĐÐ", "D"),
        ("èéêëēĕėęě", "e"),
        ("ÈÉÊËĒĔĖĘĚ", "E"),
        ("ĝğġģ", "g"),
        ("ĜĞĠĢ", "G"),
        ("ĥħ", "h"),
        ("ĤĦ", "H"),
        ("ìíîïĩīĭįı", "i"),
        ("ÌÍÎÏĨĪĬĮİ", "I"),
        ("ĵ", "j"),
        ("Ĵ", "J"),
        ("ķ", "k"),
        ("Ķ", "K"),
        ("ĺļľŀł", "l"),
        ("ĹĻĽĿŁ", "L"),
        ("ñńņňŉ", "n"),
        ("ÑŃŅŇ", "N"),
        ("òóôõöøōŏő", "o"),
        ("ÒÓÔÕÖØŌŎŐ", "O"),
        ("œ", "oe"),
        ("Œ", "OE"),
        ("ŕŗř", "r"),
        ("ŔŖŘ", "R"),
        ("śŝşšș", "s"),
        ("ŚŜŞŠȘ", "S"),
        ("ß", "ss"),
        ("ţťŧț", "t"),
        ("ŢŤŦȚ", "T"),
        ("þ", "th"),
        ("Þ", "TH"),
        ("ùúûüũūŭůűų", "u"),
        ("ÙÚÛÜŨŪŬŮŰŲ", "U"),
        ("ŵ", "w"),
        ("Ŵ", "W"),
        ("ýÿŷ", "y"),
        ("ÝŶŸ", "Y"),
        ("źżž", "z"),
        ("ŹŻŽ", "Z"),
        ("а", "a"),
        ("А", "A"),
        ("б", "b"),
        ("Б", "B"),
        ("в", "v"),
        ("В", "V"),
        ("гґ", "g"),
        ("ГҐ", "G"),
        ("д", "d"),
        ("Д", "D"),
        ("еэ", "e"),
        ("ЕЭ", "E"),
        ("ё", "yo"),
        ("Ё", "Yo"),
        ("є", "ye"),
        ("Є", "Ye"),
        ("ж", "zh"),
        ("Ж", "Zh"),
        ("з", "z"),
        ("З", "Z"),
        ("иі", "i"),
        ("ИІ", "I"),
        ("ї", "yi"),
        ("Ї", "Yi"),
        ("й", "y"),
        ("Й", "Y"),
        ("к", "k"),
        ("К", "K"),
        ("л", "l"),
        ("Л", "L"),
        ("м", "m"),
        ("М", "M"),
        ("н", "n"),
        ("Н", "N"),
        ("о", "o"),
        ("О", "O"),
        ("п", "p"),
        ("П", "P"),
        ("р", "r"),
        ("Р", "R"),
        ("с", "s"),
        ("С", "S"),
        ("т", "t"),
        ("Т", "T"),
        ("у", "u"),
        ("У", "U"),
        ("ф", "f"),
        ("Ф", "F"),
        ("х", "kh"),
        ("Х", "Kh"),
        ("ц", "ts"),
        ("Ц", "Ts"),
        ("ч", "ch"),
        ("Ч", "Ch"),
        ("ш", "sh"),
        ("Ш", "Sh"),
        ("щ", "shch"),
        ("Щ", "Shch"),
        ("ы", "y"),
        ("Ы", "Y"),
        ("ю", "yu"),
        ("Ю", "Yu"),
        ("я", "ya"),
        ("Я", "Ya"),
        ("αά", "a"),
        ("ΑΆ", "A"),
        ("β", "v"),
        ("Β", "V"),
        ("γ", "g"),
        ("Γ", "G"),
        ("δ", "d"),
        ("Δ", "D"),
        ("εέ", "e"),
        ("ΕΈ", "E"),
        ("ζ", "z"),
        ("Ζ", "Z"),
        ("ηήιίϊυύϋ", "i"),
        ("ΗΉΙΊΥΎ", "I"),
        ("θ", "th"),
        ("Θ", "Th"),
        ("κ", "k"),
        ("Κ", "K"),
        ("λ", "l"),
        ("Λ", "L"),
        ("μ", "m"),
        ("Μ", "M"),
        ("ν", "n"),
        ("Ν", "N"),
        ("ξ", "x"),
        ("Ξ", "X"),
        ("οόωώ", "o"),
        ("ΟΌΩΏ", "O"),
        ("π", "p"),
        ("Π", "P"),
        ("ρ", "r"),
        ("Ρ", "R"),
        ("σς", "s"),
        ("Σ", "S"),
        ("τ", "t"),
        ("Τ", "T"),
        ("φ", "f"),
        ("Φ", "F"),
        ("χ", "ch"),
        ("Χ", "Ch"),
        ("ψ", "ps"),
        ("Ψ", "Ps"),
    ];
    TABLE.iter().find(|(letters, _)| letters.contains(c)).map_or("", |(_, spelling)| spelling)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_has_only_letters_that_fit_a_url() {
        assert_eq!(slugify("Größe & Maß"), "Grosse-Mass");
        assert_eq!(slugify("Привет мир"), "Privet-mir");
        assert_eq!(slugify("  a.b_c--d  "), "a.b_c-d");
        assert_eq!(slugify("会议"), "");
    }

    #[test]
    fn names_in_sentences_are_escaped() {
        assert_eq!(escape_html("<b>'&\""), "&lt;b&gt;&#x27;&amp;&quot;");
    }
}
