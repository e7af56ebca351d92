# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[14]
stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput
set encoding utf8
set minussign
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
set style line 3 lc rgb '#009E73' lw 1.6 dt (2,2)
set style line 203 lc rgb '#009E73' lw 0.9 dt 1 pt 9 ps 0.6
set style line 103 lc rgb '#009E73' lw 0.9 dt 1
set style line 4 lc rgb '#CC79A7' lw 1.6 dt (8,3,2,3)
set style line 204 lc rgb '#CC79A7' lw 0.9 dt 1 pt 13 ps 0.65
set style line 104 lc rgb '#CC79A7' lw 0.9 dt 1
set style line 5 lc rgb '#56B4E9' lw 1.6 dt 1
set style line 205 lc rgb '#56B4E9' lw 0.9 dt 1 pt 6 ps 0.75
set style line 105 lc rgb '#56B4E9' lw 0.9 dt 1
set style line 6 lc rgb '#E69F00' lw 1.6 dt (8,3)
set style line 206 lc rgb '#E69F00' lw 0.9 dt 1 pt 4 ps 0.7
set style line 106 lc rgb '#E69F00' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 1016,775 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,248 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,6.56cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set arrow from screen 0.03109,0.95732 to screen 0.11830,0.95732 nohead ls 1
set label '' at screen 0.07469,0.95732 point ls 201
set label words[1] at screen 0.13574,0.95732 left tc rgb '#0072B2'
set arrow from screen 0.22912,0.95732 to screen 0.31633,0.95732 nohead ls 2
set label '' at screen 0.27272,0.95732 point ls 202
set label words[2] at screen 0.33377,0.95732 left tc rgb '#B04A00'
set arrow from screen 0.42715,0.95732 to screen 0.51436,0.95732 nohead ls 3
set label '' at screen 0.47075,0.95732 point ls 203
set label words[3] at screen 0.53180,0.95732 left tc rgb '#007A5A'
set arrow from screen 0.62518,0.95732 to screen 0.71239,0.95732 nohead ls 4
set label '' at screen 0.66878,0.95732 point ls 204
set label words[4] at screen 0.72983,0.95732 left tc rgb '#A8527F'
set arrow from screen 0.82321,0.95732 to screen 0.91042,0.95732 nohead ls 5
set label '' at screen 0.86681,0.95732 point ls 205
set label words[5] at screen 0.92786,0.95732 left tc rgb '#2A7FAE'
set arrow from screen 0.42715,0.89329 to screen 0.51436,0.89329 nohead ls 6
set label '' at screen 0.47075,0.89329 point ls 206
set label words[6] at screen 0.53180,0.89329 left tc rgb '#9A6A00'
set lmargin at screen 0.16545
set rmargin at screen 0.95349
set bmargin at screen 0.16006
set tmargin at screen 0.81555
unset logscale x
set xrange [675.2:4388.8]
set xtics ('1000' 1000, '2000' 2000, '3000' 3000, '4000' 4000)
set xlabel words[7] offset 0,0.35
set logscale y
set yrange [0.006247580592021398:1.0545941500130067]
set ytics ('0.01' 0.01, '0.1' 0.1, '1' 1, '' 0.007 1, '' 0.008 1, '' 0.009 1, '' 0.02 1, '' 0.03 1, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1)
set label 1001 words[8] at screen 0.03488,0.48780 center rotate by 90
plot stem.'.dat' index 1 using 1:(inside(bar($3,$4,0.006247580592021398,1.0545941500130067),0.006247580592021398,1.0545941500130067)):(0):(inside($4,0.006247580592021398,1.0545941500130067)-inside($3,0.006247580592021398,1.0545941500130067)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 2 using 1:(inside(bar($3,$4,0.006247580592021398,1.0545941500130067),0.006247580592021398,1.0545941500130067)):(0):(inside($4,0.006247580592021398,1.0545941500130067)-inside($3,0.006247580592021398,1.0545941500130067)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 3 using 1:(inside(bar($3,$4,0.006247580592021398,1.0545941500130067),0.006247580592021398,1.0545941500130067)):(0):(inside($4,0.006247580592021398,1.0545941500130067)-inside($3,0.006247580592021398,1.0545941500130067)) with vectors nohead ls 103 notitle, \
     stem.'.dat' index 4 using 1:(inside(bar($3,$4,0.006247580592021398,1.0545941500130067),0.006247580592021398,1.0545941500130067)):(0):(inside($4,0.006247580592021398,1.0545941500130067)-inside($3,0.006247580592021398,1.0545941500130067)) with vectors nohead ls 104 notitle, \
     stem.'.dat' index 5 using 1:(inside(bar($3,$4,0.006247580592021398,1.0545941500130067),0.006247580592021398,1.0545941500130067)):(0):(inside($4,0.006247580592021398,1.0545941500130067)-inside($3,0.006247580592021398,1.0545941500130067)) with vectors nohead ls 105 notitle, \
     stem.'.dat' index 6 using 1:(inside(bar($3,$4,0.006247580592021398,1.0545941500130067),0.006247580592021398,1.0545941500130067)):(0):(inside($4,0.006247580592021398,1.0545941500130067)-inside($3,0.006247580592021398,1.0545941500130067)) with vectors nohead ls 106 notitle, \
     stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 2 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 3 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 4 using 1:2 with lines ls 4 notitle, \
     stem.'.dat' index 5 using 1:2 with lines ls 5 notitle, \
     stem.'.dat' index 6 using 1:2 with lines ls 6 notitle, \
     stem.'.dat' index 1 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 2 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 3 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 4 using 1:2 with points ls 204 notitle, \
     stem.'.dat' index 5 using 1:2 with points ls 205 notitle, \
     stem.'.dat' index 6 using 1:2 with points ls 206 notitle
unset label 1001
unset label
unset arrow
unset multiplot
unset output
}
