import { packageFile } from '../../support/package.ts';

/** Pixels of the picture for each pixel of the drawing. */
const ZOOM = 2;

/** An SVG as PNG, its text in the shipped font and no other: the same bytes on every machine. */
export async function drawPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: ZOOM },
    background: 'white',
    font: {
      loadSystemFonts: false,
      fontFiles: ['Regular', 'SemiBold'].map((weight) => packageFile(`assets/fonts/Inter-${weight}.ttf`)),
      defaultFontFamily: 'Inter',
    },
  });
  return image.render().asPng();
}
