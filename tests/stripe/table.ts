// The rows of one kind of object, oldest first.

import { noSuch } from "./problem.ts";

export interface Row {
  id: string;
  created?: number;
}

export class Table<T extends Row> {
  readonly kind: string;
  private rows = new Map<string, T>();

  constructor(kind: string) {
    this.kind = kind;
  }

  add(row: T): T {
    this.rows.set(row.id, row);
    return row;
  }

  find(id: string | null | undefined): T | undefined {
    return id === null || id === undefined ? undefined : this.rows.get(id);
  }

  /** `param` is what named it; without one it was the path, and then its absence is a 404. */
  get(id: string, param?: string): T {
    const row = this.rows.get(id);
    if (row === undefined) throw noSuch(this.kind, id, param ?? "id", param === undefined ? 404 : 400);
    return row;
  }

  remove(id: string): void {
    this.rows.delete(id);
  }

  all(): T[] {
    return [...this.rows.values()];
  }
}
