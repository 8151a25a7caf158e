// The page around the element, where an app has none of its own: it looks as the account's branding record says. What the page
// shows without a script makes room once there is a token, and stays where there is none.

import { fromFragment } from "./portal.js";

const place = document.getElementById("portal");
const plain = document.querySelectorAll("[data-plain]");
const { session } = place.dataset;

/** The token of a session outlives a reload of its own tab, and nothing else. A frame may be refused the storage. */
const kept = (token) => {
  if (session === undefined) return undefined;
  try {
    if (token === null) sessionStorage.removeItem(session);
    else if (token !== undefined) sessionStorage.setItem(session, JSON.stringify(token));
    return JSON.parse(sessionStorage.getItem(session) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
};

const exchange = fromFragment("");
let token = exchange ? await exchange().catch(() => kept()) : kept();
kept(token);

async function fetchToken() {
  const given = token;
  token = undefined;
  if (given !== undefined) return given;
  kept(null);
  // A link is for one token: whoever wants another one comes by way of the app.
  throw new Error("The link has ended.");
}

/** An address of the web, and nothing that would run here. */
const isWeb = (text) => typeof text === "string" && text.startsWith("https://");

function dress({ name, logo_url, links }) {
  const at = (id) => document.getElementById(id);
  if (name) document.title = at("name").textContent = name;
  // The page of a session has both from its server.
  if (session !== undefined) return;
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

if (token !== undefined || session === undefined) {
  const portal = Object.assign(document.createElement("scrip-portal"), { fetchToken, locale: navigator.language });
  portal.addEventListener("scrip:branding", ({ detail }) => dress(detail));
  document.documentElement.lang = navigator.language;
  place.append(portal);
  place.hidden = false;
  for (const one of plain) one.hidden = true;
}
