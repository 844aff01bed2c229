/**
 * What stays on the device: lists, the root that was used first, settings, counts. Nothing of anybody.
 * Where the browser gives no storage, it is memory: the page works until it is closed.
 */

export type Slot = "lists" | "pin" | "settings" | "counts";

/** The device is full. */
export class StoreFull extends Error {}

const NAME = "tegata";
const TABLE = "kept";

export class Store {
  readonly #database: IDBDatabase | undefined;
  readonly #memory = new Map<Slot, unknown>();

  private constructor(database: IDBDatabase | undefined) {
    this.#database = database;
  }

  static async open(): Promise<Store> {
    try {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
      const database = await done(request);
      // Another tab resets the device: it must not wait for this one.
      database.onversionchange = () => database.close();
      return new Store(database);
    } catch {
      return new Store(undefined);
    }
  }

  get lasting(): boolean {
    return this.#database !== undefined;
  }

  async get(slot: Slot): Promise<unknown> {
    if (this.#database === undefined) return this.#memory.get(slot);
    try {
      return await done(this.#database.transaction(TABLE).objectStore(TABLE).get(slot));
    } catch {
      return undefined;
    }
  }

  /** Writes one record, whole or not at all. */
  async put(slot: Slot, value: unknown): Promise<void> {
    if (this.#database === undefined) {
      this.#memory.set(slot, value);
      return;
    }
    try {
      // Strict: lists that were taken must outlive a pulled plug.
      const transaction = this.#database.transaction(TABLE, "readwrite", { durability: "strict" });
      transaction.objectStore(TABLE).put(value, slot);
      await whole(transaction);
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError") throw new StoreFull();
      throw error;
    }
  }

  async delete(slot: Slot): Promise<void> {
    this.#memory.delete(slot);
    if (this.#database === undefined) return;
    const transaction = this.#database.transaction(TABLE, "readwrite");
    transaction.objectStore(TABLE).delete(slot);
    await whole(transaction);
  }

  /** Erases everything. */
  async reset(): Promise<void> {
    this.#memory.clear();
    if (this.#database === undefined) return;
    const transaction = this.#database.transaction(TABLE, "readwrite");
    transaction.objectStore(TABLE).clear();
    await whole(transaction);
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function whole(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}
