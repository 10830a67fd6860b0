/** Style sheets that are loaded when they are first needed. */
declare module '*.css';
