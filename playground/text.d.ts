declare module '*.csv' {
  const text: string;
  export default text;
}

/** assets/page/clipboard.js, a script before the page's own. */
declare function copyText(text: string): Promise<void>;
