/** Style sheets that come as text, and those that are loaded when they are first needed. */
declare module '*.raw.css' {
  const sheet: string;
  export default sheet;
}
declare module '*.css';
