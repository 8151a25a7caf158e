// The page around the element, where an app has none of its own: it looks as brand.json beside it says.

const COLOURS = { accent: "--scrip-accent", accent_contrast: "--scrip-accent-contrast", surface: "--scrip-surface" };
const LINKS = { support_url: "supportUrl", terms_url: "termsUrl", privacy_url: "privacyUrl" };

/** An address of the web, and nothing that would run here. */
const isWeb = (text) => typeof text === "string" && /^https?:\/\//i.test(text);

function dress(brand) {
  const portal = document.querySelector("scrip-portal");
  const at = (id) => document.getElementById(id);
  if (brand.name) {
    document.title = at("name").textContent = String(brand.name);
  }
  if (isWeb(brand.logo) || String(brand.logo ?? "").startsWith("/assets/")) {
    at("logo").src = brand.logo;
    at("logo").hidden = false;
  }
  if (isWeb(brand.return_url)) {
    at("back").href = brand.return_url;
    at("back").textContent = `← ${new URL(brand.return_url).host}`;
    at("back").hidden = false;
  }
  for (const [name, property] of Object.entries(COLOURS)) {
    if (CSS.supports("color", brand[name] ?? "")) portal.style.setProperty(property, brand[name]);
  }
  for (const [name, property] of Object.entries(LINKS)) {
    if (isWeb(brand[name])) portal[property] = brand[name];
  }
  if (brand.unit_name) portal.unitName = String(brand.unit_name);
  document.documentElement.lang = portal.locale = brand.locale ?? navigator.language;
}

// Without the file, or with one that is no JSON, the page looks as it does.
dress(
  await fetch("/assets/brand.json")
    .then((reply) => (reply.ok ? reply.json() : {}))
    .catch(() => ({})),
);
