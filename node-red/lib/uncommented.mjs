/** Sources in, what a browser needs of them out: comments that stand on lines of their own are left behind. */

const OF_SCRIPT = /^[ \t]*(?:\/\*[\s\S]*?\*\/[ \t]*|\/\/.*)\n/gm;
const OF_STYLE = /^[ \t]*\/\*[\s\S]*?\*\/[ \t]*\n/gm;

export const scriptWithoutComments = (source) => source.replace(OF_SCRIPT, "");

export const styleWithoutComments = (source) => source.replace(OF_STYLE, "");
