// The page around the element, where an app has none of its own: it looks as the account's branding record says.

const portal = document.querySelector("scrip-portal");
const at = (id) => document.getElementById(id);

/** An address of the web, and nothing that would run here. */
const isWeb = (text) => typeof text === "string" && text.startsWith("https://");

function dress({ name, logo_url, links }) {
  if (name) document.title = at("name").textContent = name;
  if (isWeb(logo_url)) {
    at("logo").src = logo_url;
    at("logo").hidden = false;
  }
  if (isWeb(links.home_url)) {
    at("back").href = links.home_url;
    at("back").textContent = `← ${new URL(links.home_url).host}`;
    at("back").hidden = false;
  }
}

portal.addEventListener("scrip:branding", ({ detail }) => dress(detail));
document.documentElement.lang = portal.locale = navigator.language;
