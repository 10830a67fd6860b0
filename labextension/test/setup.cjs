// Lumino asks for a class at import that jsdom does not have.
if (typeof MouseEvent !== 'undefined') {
  globalThis.DragEvent ??= class DragEvent extends MouseEvent {};
}
