// What the npm package says of the elements is true of them: this file compiles only then. Nothing runs it.

import type * as Said from "../npm/portal.d.ts";
import * as own from "../www/portal/portal.ts";

/** Each of these is an element of ours, as the package calls it. */
export const elements = (portal: own.ScripPortal, piece: own.Piece): [Said.ScripPortal, Said.PieceElement] => [
  portal,
  piece,
];

export const problem = (one: own.Problem): Said.Problem => one;
export const token = (one: Said.Token): own.Token => one;
export const fetchToken = (one: Said.FetchToken): own.FetchToken => one;
export const fromFragment: typeof Said.fromFragment = own.fromFragment;
