"""From the unpacked sources to one typed dataset, to examples, and to the statistics that the package ships."""
