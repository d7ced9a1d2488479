"""Floor plans of flats (房产分户图): outlines drawn to scale, floor by floor."""
